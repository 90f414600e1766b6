"""Exemplars: cut-out frames of a person, and their parts warped into any pose."""

from motion_transfer.exemplars.bank import ExemplarBank, select_exemplars
from motion_transfer.exemplars.warping import CandidateWarper, warp_exemplars

__all__ = ["CandidateWarper", "ExemplarBank", "select_exemplars", "warp_exemplars"]
