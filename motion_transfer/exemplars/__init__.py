"""Exemplars: remembered frames of a person, and their parts warped into any pose."""

from motion_transfer.exemplars.bank import Appearance, remember
from motion_transfer.exemplars.warping import Collage, collage_of

__all__ = [
    "Appearance",
    "Collage",
    "collage_of",
    "remember",
]
