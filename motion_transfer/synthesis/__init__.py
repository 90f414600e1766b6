"""Synthesis: from poses to frames of the subject."""

from motion_transfer.synthesis.synthesise import synthesise

__all__ = ["synthesise"]
