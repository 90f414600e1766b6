"""A person who leaves the subject's frame: warned of, made smaller, or given a larger frame whose plate goes on."""

import warnings
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.config.options import Fit
from motion_transfer.errors import SubjectError
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.normalisation.fit import Padding, fit_poses, measure_overflow, pad_body, pad_poses
from motion_transfer.subject import Subject
from motion_transfer.types import Frame

LIGHT = (
    1 / 15
)  # size of what counts as light and colour of a surface, as a share of the frame's height; finer is texture
BAND = (
    1 / 10
)  # width along the border whose texture is repeated, so that no lamp is: a share of the frame's shorter side


def check_fit_option(fit: Fit, subject: Subject) -> None:
    """Refuse to extend the frame of a subject whose network draws all of it: it has learned no larger one.

    Raises:
        SubjectError: says what there is instead.
    """
    if fit == "extend" and subject.pipeline.model.crop == "frame":
        raise SubjectError(
            '`fit` is extend, but this subject\'s network draws the entire frame (`model.crop` is "frame") and has '
            'learned no larger one. Use smaller, or train a subject whose `model.crop` is "person".'
        )


def fit_person(poses: PoseSequence, subject: Subject, fit: Fit) -> tuple[PoseSequence, Subject]:
    """Keep a person in the subject's frame as an option says, and warn of what would be cut off.

    Args:
        poses: normalised for the subject.
        subject: the person to show.
        fit: "none", "smaller" or "extend".

    Returns:
        Poses and subject, in pixels of one frame: the subject's own, or with "extend" a larger one.
    """
    if fit != "extend":
        return fit_poses(poses, subject.body, smaller=fit == "smaller"), subject
    overflow = measure_overflow(poses, subject.body)
    if not overflow:
        return poses, subject
    poses, subject = pad_poses(poses, overflow.padding), extend_subject(subject, overflow.padding)
    rest = measure_overflow(poses, subject.body)
    still = f"; still, {rest}" if rest else ""
    width, height = subject.size
    warnings.warn(f"{overflow}; the frame was extended to {width} x {height}{still}.", stacklevel=2)
    return poses, subject


def extend_subject(subject: Subject, padding: Padding) -> Subject:
    """The same person in a frame that has grown."""
    background = extend_plate(subject.background, padding)
    return replace(subject, background=background, body=pad_body(subject.body, padding))


def extend_plate(plate: Frame, padding: Padding) -> Frame:
    """Continue a plate beyond its sides plainly: a wall stays a wall, a floor a floor.

    Light and colour stay what they are at the border; the texture of a narrow band along it goes on, mirrored to and
    fro.

    Args:
        plate: RGB (H, W, 3).
        padding: pixels on its left, upper, right and lower side.

    Returns:
        RGB, larger by the padding; within it the plate itself.
    """
    left, top, right, bottom = padding
    height, width = plate.shape[:2]
    coarse = max(1, round(width / (LIGHT * height))), max(1, round(1 / LIGHT))
    light = cv2.resize(cv2.resize(plate, coarse, interpolation=cv2.INTER_AREA), (width, height)).astype(np.float32)
    band = max(1, round(BAND * min(height, width)))
    texture = (plate - light)[_to_and_fro(height, top, bottom, band)][:, _to_and_fro(width, left, right, band)]
    light = cv2.copyMakeBorder(light, top, bottom, left, right, cv2.BORDER_REPLICATE).astype(np.float32, copy=False)
    extended = np.clip(np.rint(light + texture), 0, 255).astype(np.uint8)
    extended[top : top + height, left : left + width] = plate
    return extended


def _to_and_fro(length: int, before: int, after: int, band: int) -> npt.NDArray[np.int64]:
    """Indices along an axis that go on beyond both its ends, mirrored within the `band` next to each."""
    inside = np.arange(length)
    start = np.pad(inside[:band], (before, 0), mode="symmetric")[:before]
    end = np.pad(inside[-band:], (0, after), mode="symmetric")[band:]
    return np.concatenate([start, inside, end])
