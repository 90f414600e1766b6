"""Synthesis: from poses to frames of the subject."""

from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.synthesise import synthesise, synthesise_together

__all__ = ["Clip", "synthesise", "synthesise_together"]
