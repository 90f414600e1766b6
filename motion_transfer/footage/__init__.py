"""Footage of the target person: preprocessing, canvas, background plate."""

from motion_transfer.footage.canvas import canvas_size, check_canvas, footage_canvas, to_tensor
from motion_transfer.footage.plate import background_plate, clip_plate, person_mask
from motion_transfer.footage.preprocess import Footage, load_footage, preprocess_footage, split_footage
from motion_transfer.pose.geometry.viewport import to_canvas
from motion_transfer.pose_cache import fingerprint

__all__ = [
    "Footage",
    "background_plate",
    "canvas_size",
    "check_canvas",
    "clip_plate",
    "fingerprint",
    "footage_canvas",
    "load_footage",
    "person_mask",
    "preprocess_footage",
    "split_footage",
    "to_canvas",
    "to_tensor",
]
