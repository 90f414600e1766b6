"""Cutouts: a person without the background, at a frame's own resolution, and where they lie on the canvas."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.exemplars.grid import Grid
from motion_transfer.types import Image, Numbers


class Cutout(NamedTuple):
    """A person without the background: the tight crop of a frame around them, at the frame's own resolution."""

    image: Image
    """(h, w, 4) RGB times opacity, and opacity."""
    scale: Numbers
    """(2,) pixels of the image to one of the canvas, in x and y."""
    origin: Numbers
    """(2,) where the image's upper left corner lies, in pixels of the image from the canvas's."""

    @property
    def grid(self) -> Grid:
        """The image's pixels over the canvas."""
        height, width = self.image.shape[:2]
        (sx, sy), (left, top) = self.scale.tolist(), self.origin.tolist()
        return Grid((width, height), (sx, sy), (left, top))


def shrink(cutout: Cutout, factor: Numbers) -> Cutout:
    """The cutout with about `factor` times as many pixels in x and y, averaged; it covers the same place."""
    size = np.array(cutout.image.shape[1::-1])
    small = np.rint(size * factor).clip(1).astype(int)
    image = cv2.resize(cutout.image, small.tolist(), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return Cutout(image, cutout.scale * small / size, cutout.origin * small / size)


def tighten(cutout: Cutout) -> Cutout:
    """The part of a cutout that is not transparent; one pixel where all of it is."""
    image, scale, origin = cutout
    rows, columns = (np.flatnonzero(image[..., 3].max(axis=axis)) for axis in (1, 0))
    top, bottom = (rows[0], rows[-1] + 1) if len(rows) else (0, 1)
    left, right = (columns[0], columns[-1] + 1) if len(columns) else (0, 1)
    return Cutout(np.ascontiguousarray(image[top:bottom, left:right]), scale, origin + np.array([left, top]))


def reframe(cutout: Cutout, low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> Cutout:
    """The pixels of a cutout in a box of (2,) corners, in its own; transparent beyond it. A copy."""
    image = np.zeros((*(high - low)[::-1].clip(1), 4), np.uint8)
    first, last = np.maximum(low, 0), np.minimum(high, cutout.image.shape[1::-1])
    if (first < last).all():
        (left, top), (right, bottom) = first - low, last - low
        image[top:bottom, left:right] = cutout.image[first[1] : last[1], first[0] : last[0]]
    return Cutout(image, cutout.scale, cutout.origin + low)
