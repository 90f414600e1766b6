"""Poses over the frames they were found in: who is who, and how sure the detector is. To look at, not for a network."""

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np

from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import Color, FloatArray, Image

_FINE = 4  # cv2 takes coordinates in 1/16 pixel
_FAR = 4  # joints more frames away than this are not drawn: cv2's coordinates would overflow
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw_preview(frame: Image, people: Sequence[PoseSequence], index: int) -> Image:
    """Draw the poses of all people in a frame over it.

    Each person has a colour and a number, 1 for the first. The surer the detector is of a bone, the thicker it is;
    a joint's dot goes from red (unsure) to green (sure). The frame, (H, W, 3) uint8 RGB of the poses' size, is number
    `index` of the clip and stays as it is.
    """
    canvas = frame.copy()
    unit = max(frame.shape[0] / 360, 1.0)
    for number, poses in enumerate(people, start=1):
        pose = poses[index : index + 1]
        if pose.present[0]:
            _draw_person(canvas, pose.xy[0], pose.score[0], person_color(number), unit)
            _write_number(canvas, pose.boxes()[0], number, unit)
    return canvas


def person_color(number: int) -> Color:
    """The colour of the person with this number: far from its neighbours', however many there are."""
    red, green, blue = colorsys.hsv_to_rgb((0.55 + 0.618034 * (number - 1)) % 1, 0.75, 1.0)
    return round(255 * red), round(255 * green), round(255 * blue)


def _draw_person(canvas: Image, xy: FloatArray, score: FloatArray, color: Color, unit: float) -> None:
    seen = (np.abs(xy) < _FAR * max(canvas.shape)).all(axis=1)  # also false for NaN
    fixed = np.rint((np.where(seen[:, None], xy, 0) - 0.5) * (1 << _FINE)).astype(int).tolist()
    for bone in [bone for bone in SKELETON.bones if seen[list(bone)].all()]:
        weight = 3 * unit * score[list(bone)].min() if bone[1] < SKELETON.body.stop else unit
        cv2.line(canvas, fixed[bone[0]], fixed[bone[1]], color, max(1, round(weight)), cv2.LINE_AA, _FINE)
    for joint in np.flatnonzero(seen):
        sure, body = float(score[joint]), joint < SKELETON.body.stop
        shade = (round(255 * min(2 - 2 * sure, 1)), round(255 * min(2 * sure, 1)), 0) if body else (255, 255, 255)
        radius = round((2.5 if body else 0.7) * unit * (1 << _FINE))
        cv2.circle(canvas, fixed[joint], radius, shade, cv2.FILLED, cv2.LINE_AA, _FINE)


def _write_number(canvas: Image, box: FloatArray, number: int, unit: float) -> None:
    """The person's number on a plate above their head, or inside the frame's edge."""
    text, size, thickness = str(number), 0.6 * unit, max(1, round(1.5 * unit))
    (width, height), _ = cv2.getTextSize(text, _FONT, size, thickness)
    pad = round(5 * unit)
    left = int(np.clip((box[0] + box[2]) / 2 - width / 2 - pad, 0, max(canvas.shape[1] - width - 2 * pad, 0)))
    bottom = int(np.clip(box[1] - pad, height + 2 * pad, canvas.shape[0]))
    corner = left + width + 2 * pad, bottom - height - 2 * pad
    cv2.rectangle(canvas, (left, bottom), corner, person_color(number), cv2.FILLED, cv2.LINE_AA)
    cv2.putText(canvas, text, (left + pad, bottom - pad), _FONT, size, (0, 0, 0), thickness, cv2.LINE_AA)
