"""Footage of the target person: preprocessing, canvas, background plate."""

from motion_transfer.footage.canvas import canvas_size, to_canvas, to_tensor
from motion_transfer.footage.crop import cut, footage_canvas, paste, windows_of
from motion_transfer.footage.plate import background_plate, person_mask
from motion_transfer.footage.preprocess import Footage, fingerprint, load_footage, preprocess_footage, split_footage

__all__ = [
    "Footage",
    "background_plate",
    "canvas_size",
    "cut",
    "fingerprint",
    "footage_canvas",
    "load_footage",
    "paste",
    "person_mask",
    "preprocess_footage",
    "split_footage",
    "to_canvas",
    "to_tensor",
    "windows_of",
]
