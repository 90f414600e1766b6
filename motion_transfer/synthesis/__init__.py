"""Synthesis: from poses to frames of the subject."""

from motion_transfer.synthesis.backdrop import (
    SUBJECT,
    TRANSPARENT,
    backdrop,
    background_file,
    check_backdrop,
    check_name,
)
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import synthesise, synthesise_clip, synthesise_together

__all__ = [
    "SUBJECT",
    "TRANSPARENT",
    "Clip",
    "backdrop",
    "background_file",
    "check_backdrop",
    "check_name",
    "synthesise",
    "synthesise_clip",
    "synthesise_together",
]
