"""Windows of frames: cut out onto the canvas, and laid back over the full-size plate."""

from collections.abc import Sequence

import cv2
import numpy as np

from motion_transfer.config import ModelSettings
from motion_transfer.footage.canvas import LEAST_SIDE, MULTIPLE, canvas_size, to_canvas
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.geometry.viewport import Windows, best_canvas, person_windows, whole_windows
from motion_transfer.types import FloatArray, Frame

AREA = 0.15
"""By what share a canvas that is fitted to the person may differ in area from what was asked for."""
SLIMMEST = 3.0
"""Longer by shorter side of such a canvas at most."""


def windows_of(poses: PoseSequence, kind: str, canvas: tuple[int, int]) -> Windows:
    """The window that each frame is seen through, (T, 4): of `model.crop` and of the canvas's aspect."""
    return person_windows(poses, canvas[0] / canvas[1]) if kind == "person" else whole_windows(poses)


def footage_canvas(poses: PoseSequence, model: ModelSettings) -> tuple[int, int]:
    """The (width, height) of the canvas that suits some footage, of which these are the poses."""
    return person_canvas(poses, model.size) if model.crop == "person" else canvas_size(poses.size, model.size)


def person_canvas(poses: PoseSequence, size: int) -> tuple[int, int]:
    """The (width, height) of about `size` x `size` pixels whose windows show the person of some footage largest.

    Sides are multiples of 32, at least 64.
    """
    sides = range(LEAST_SIDE, round(size * SLIMMEST) + MULTIPLE, MULTIPLE)
    off = {(w, h): abs(w * h / size**2 - 1) for w in sides for h in sides if max(w, h) <= SLIMMEST * min(w, h)}
    nearest = max(AREA, *sorted(off.values())[:1])
    return best_canvas(poses, [canvas for canvas, share in off.items() if share <= nearest])


def cut(frame: Frame, window: Sequence[int], canvas: tuple[int, int]) -> Frame:
    """What an RGB frame (H, W, 3) shows in a window, on the canvas; its border is repeated beyond it."""
    left, top, right, bottom = map(int, window)
    height, width = frame.shape[:2]
    first = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    seen = frame[first[1] : max(bottom, first[1] + 1), first[0] : max(right, first[0] + 1)]
    before = first[1] - top, first[0] - left
    after = bottom - first[1] - seen.shape[0], right - first[0] - seen.shape[1]
    if any((*before, *after)):
        seen = np.pad(seen, ((before[0], after[0]), (before[1], after[1]), (0, 0)), mode="edge")
    return to_canvas(seen, canvas)


def paste(background: Frame, window: Sequence[int], colour: FloatArray, share: FloatArray) -> Frame:
    """A full-size frame with an image from the canvas laid over it where its window is: the opposite of `cut`.

    Args:
        background: RGB (H, W, 3); what the window does not show of it stays exactly as it is.
        window: left, top, right, bottom in its pixels.
        colour: (h, w, 3) on the canvas, in [0, 255]; cut off where it reaches beyond.
        share: (h, w) of the colour in each pixel, in [0, 1].
    """
    left, top, right, bottom = map(int, window)
    size = (right - left, bottom - top)
    over = np.clip(cv2.resize(colour, size, interpolation=cv2.INTER_CUBIC), 0, 255)
    much = cv2.resize(share, size, interpolation=cv2.INTER_LINEAR)[..., None]
    frame = background.copy()
    under = frame[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    over, much = (image[max(-top, 0) :, max(-left, 0) :][: under.shape[0], : under.shape[1]] for image in (over, much))
    under[:] = np.rint(under + much * (over - under))
    return frame
