"""Estimation: from frames to pose sequences."""
