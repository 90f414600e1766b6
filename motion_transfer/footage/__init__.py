"""Footage of the target person: preprocessing, canvas, background plate."""

from motion_transfer.footage.canvas import canvas_size, to_canvas, to_tensor
from motion_transfer.footage.crop import cut, footage_canvas, lay_over, windows_of
from motion_transfer.footage.plate import background_plate, person_mask
from motion_transfer.footage.preprocess import Footage, fingerprint, load_footage, split_footage, study_footage

__all__ = [
    "Footage",
    "background_plate",
    "canvas_size",
    "cut",
    "fingerprint",
    "footage_canvas",
    "lay_over",
    "load_footage",
    "person_mask",
    "split_footage",
    "study_footage",
    "to_canvas",
    "to_tensor",
    "windows_of",
]
