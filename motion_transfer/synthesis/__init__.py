"""Synthesis: from poses to frames of the subject."""
