"""The Subject: what is learned of a target person, and the footage it is learned from."""

from motion_transfer.subject.appearance import Appearance, remember
from motion_transfer.subject.background import background_plate, person_mask
from motion_transfer.subject.canvas import canvas_size, to_canvas, to_tensor
from motion_transfer.subject.check import FootageCheck, check_footage, refuse_hopeless
from motion_transfer.subject.claim import claim_folder
from motion_transfer.subject.collage import Collage, collage_of
from motion_transfer.subject.footage import Footage, fingerprint, load_footage, split_footage, study_footage
from motion_transfer.subject.stretches import Stretch, Stretches
from motion_transfer.subject.subject import Subject, build_generator, load_subject, read_pipeline, save_subject
from motion_transfer.subject.window import cut, footage_canvas, lay_over, windows_of

__all__ = [
    "Appearance",
    "Collage",
    "Footage",
    "FootageCheck",
    "Stretch",
    "Stretches",
    "Subject",
    "background_plate",
    "build_generator",
    "canvas_size",
    "check_footage",
    "claim_folder",
    "collage_of",
    "cut",
    "fingerprint",
    "footage_canvas",
    "lay_over",
    "load_footage",
    "load_subject",
    "person_mask",
    "read_pipeline",
    "refuse_hopeless",
    "remember",
    "save_subject",
    "split_footage",
    "study_footage",
    "to_canvas",
    "to_tensor",
    "windows_of",
]
