"""The shadow that a person casts on the floor: how much darker the background is around the feet.

A person without one floats. It is one for all poses, the median over many: soft, and steady in time.
"""

from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np

from motion_transfer.pose import OPENPOSE_137 as SKELETON
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.geometry.boxes import head_height, mean_seen
from motion_transfer.pose.geometry.viewport import Viewport
from motion_transfer.types import FloatArray, Frame, Image, Numbers

Pixels = TypeVar("Pixels", Image, FloatArray)

CELLS = 16  # to a height of the head, in which a shadow is measured
LEFT, ABOVE, RIGHT, BELOW = -4.0, -2.0, 4.0, 1.5  # heights of the head around the feet
SIZE = int((RIGHT - LEFT) * CELLS), int((BELOW - ABOVE) * CELLS)
"""(columns, rows) of a shadow."""
BRIGHTER = 4.0  # grey levels that are added to all light: noise in the dark is no shadow
AROUND = 0.1  # heights of the head around a mask in which the person may still be seen
NOTICED = 0.02  # of the light that must be missing
EXPOSURE = (0.8, 1.2)  # of the plate's brightness that a frame may have everywhere
SELDOM = 0.05  # of the frames in which a place must be seen
SPREAD = 4.0  # cells from which is taken what the person always hides
_FEET = [[SKELETON.index(f"{side}_{joint}") for joint in ("ankle", "big_toe")] for side in ("right", "left")]


def no_shadow() -> Image:
    """A shadow that is none."""
    return np.full(SIZE[::-1], 255, np.uint8)


def floor_places(poses: PoseSequence, viewport: Viewport | None = None) -> Numbers:
    """Where a person stands: (T, 4) x and y between the feet, as low as the lower one, width and height of a head.

    In pixels of the canvas of a viewport, if one is given, else in pixels of the frame; NaN where no foot is found.
    """
    feet = np.stack([mean_seen(poses.xy[:, foot].astype(np.float64)) for foot in _FEET], axis=1)
    place = np.column_stack([mean_seen(feet)[:, 0], np.fmax.reduce(feet[..., 1], axis=1)])
    heads = np.repeat(head_height(poses)[:, None], 2, axis=1)
    if viewport is not None:
        place = viewport.points(place)
        heads = heads * np.array(viewport.canvas) / (viewport.boxes[:, 2:] - viewport.boxes[:, :2])
    return np.column_stack([place, heads])


def lay_shadow(image: Frame, shadow: Image, place: Numbers) -> Frame:
    """A copy of a background with a shadow on it; the background itself where there is none.

    Args:
        image: RGB (H, W, 3).
        shadow: (rows, columns), 255 where none is, see `join_shades`.
        place: (4,) where the person stands in the image, see `floor_places`.
    """
    region = _around_feet(place, image)
    if region is None or shadow.min() == 255:
        return image
    rows, columns = (np.arange(each.start, each.stop) + 0.5 for each in region)
    x = ((columns - place[0]) / place[2] - LEFT) * CELLS - 0.5
    y = ((rows - place[1]) / place[3] - ABOVE) * CELLS - 0.5
    shade = _sample(shadow, x, y, cv2.INTER_LINEAR, 255)
    shaded = image.copy()
    shaded[region] = cv2.multiply(image[region], cv2.merge([shade] * 3), scale=1 / 255)
    return shaded


def shade_around(frame: Frame, plate: Frame, mask: FloatArray, place: Numbers) -> FloatArray | None:
    """The share of the background's light that reaches a frame around the feet: (rows, columns), NaN where unseen.

    Args:
        frame: RGB (H, W, 3).
        plate: its background.
        mask: (H, W) the person, in [0, 1].
        place: (4,) where they stand, see `floor_places`; None is returned where that is unknown.
    """
    region = _around_feet(place, frame)
    if region is None:
        return None
    head = float(place[2:].mean())
    side = 2 * int(AROUND * head) + 1
    seen = 1 - cv2.dilate((mask[region] > 0).astype(np.float32), np.ones((side, side), np.uint8))
    blur = max(head / CELLS / 2, 0.3)
    around = cv2.GaussianBlur(seen, (0, 0), blur)
    light, plain = (
        cv2.GaussianBlur(seen * (cv2.cvtColor(each[region], cv2.COLOR_RGB2GRAY) + np.float32(BRIGHTER)), (0, 0), blur)
        for each in (frame, plate)
    )
    share = np.where(around > 0.5, light / np.maximum(plain, 1e-3), np.nan).astype(np.float32)
    (x, y), heads = place[:2], place[2:]
    columns, rows = (low + (np.arange(length) + 0.5) / CELLS for low, length in zip((LEFT, ABOVE), SIZE, strict=True))
    left, top = region[1].start + 0.5, region[0].start + 0.5
    return _sample(share, x + columns * heads[0] - left, y + rows * heads[1] - top, cv2.INTER_NEAREST, np.nan)


def join_shades(shades: Sequence[FloatArray]) -> Image:
    """The shadow of a person, (rows, columns), 255 where none is, from what was seen in several frames.

    Args:
        shades: see `shade_around`.
    """
    if not shades:
        return no_shadow()
    found = np.stack([each / _exposure(each) for each in shades])
    known = np.isfinite(found).mean(axis=0) > SELDOM
    found[:, ~known] = 1
    light = np.nanmedian(found, axis=0).astype(np.float32)
    around = cv2.GaussianBlur(known.astype(np.float32), (0, 0), SPREAD)
    beside = cv2.GaussianBlur(light * known, (0, 0), SPREAD) / np.maximum(around, 1e-3)
    light = np.where(known, light, np.where(around > 0.1, beside, 1))
    shadow: Image = np.rint(255 * np.clip(light + NOTICED, 0, 1)).astype(np.uint8)
    return shadow


def _exposure(shade: FloatArray) -> float:
    """By how much a frame is brighter than its plate, over all that is seen."""
    seen = shade[np.isfinite(shade)]
    return float(np.clip(np.median(seen), *EXPOSURE)) if len(seen) else 1.0


def _around_feet(place: Numbers, image: Frame) -> tuple[slice, slice] | None:
    """Rows and columns of an image in which a shadow may lie; None where there are none."""
    if not np.isfinite(place).all():
        return None
    low, high = (
        np.clip(np.rint(place[:2] + np.array(corner) * place[2:]), 0, image.shape[1::-1]).astype(int).tolist()
        for corner in ((LEFT, ABOVE), (RIGHT, BELOW))
    )
    return (slice(low[1], high[1]), slice(low[0], high[0])) if high[0] > low[0] and high[1] > low[1] else None


def _sample(values: Pixels, x: Numbers, y: Numbers, interpolation: int, beyond: float) -> Pixels:
    """Values at columns x (N,) and rows y (M,): (M, N)."""
    columns, rows = (each.astype(np.float32) for each in np.meshgrid(x, y))
    sampled = cv2.remap(values, columns, rows, interpolation, borderMode=cv2.BORDER_CONSTANT, borderValue=[beyond])
    return sampled.astype(values.dtype, copy=False)
