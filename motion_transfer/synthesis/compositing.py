"""What a compositor decides on the canvas, applied to candidates at the footage's resolution."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from motion_transfer.exemplars.grid import Grid, Region
from motion_transfer.types import FloatArray, Frame, Image, Mask, Numbers, Size

LEAST = 1 / 255  # opacity that is seen
UNSEEN = 1 / 255  # changes of colour, of [-1, 1], and shares of a candidate or layer that are not seen

SHARED = 0.4  # of the person's area: where more of a candidate is seen, its geometry is that of the others


class Decided(NamedTuple):
    """`models.compositor.Decisions` of one frame, as arrays."""

    weights: FloatArray  # (k, H, W)
    tint: FloatArray  # (3, H, W)
    fill: FloatArray  # (3, H, W)
    opacity: FloatArray  # (1, H, W)


class Layer(NamedTuple):
    """A person at the footage's resolution, to be laid over a part of a frame."""

    region: Region  # rows and columns of the frame
    colour: FloatArray  # (h, w, 3) in [0, 255], times opacity
    opacity: FloatArray  # (h, w) in [0, 1]

    def over(self, background: Frame) -> Frame:
        """A copy of a frame with the person before it."""
        frame = background.copy()
        under = frame[self.region]
        if under.size:
            kept = cv2.multiply(under, cv2.merge([1 - self.opacity] * 3), dtype=cv2.CV_32F)
            under[:] = cv2.add(kept, self.colour, dtype=cv2.CV_8U)  # rounds and saturates
        return frame

    def alone(self, size: Size) -> Image:
        """The person alone in a frame of (width, height): RGBA (H, W, 4), colours not multiplied by the alpha."""
        image = np.zeros((*size[::-1], 4), np.uint8)
        colour = self.colour / np.maximum(self.opacity, LEAST)[..., None]
        image[self.region] = np.rint(np.dstack([colour, 255 * self.opacity])).clip(0, 255)
        return image


def composite(
    decided: Decided,
    mask: FloatArray,
    renderer: Callable[[Grid], Callable[[int], Image]],
    box: Numbers,
    size: Size,
    *,
    outline: FloatArray | None = None,
) -> Layer:
    """The person of a frame at its own resolution.

    Args:
        decided: by a compositor, on the canvas.
        mask: (H, W) the person's opacity there.
        renderer: gives what renders candidates on a grid, by their numbers: RGBA (h, w, 4), premultiplied.
        box: (4,) left, top, right, bottom of the canvas in the frame, in pixels; may reach beyond it.
        size: (width, height) of the frame.
        outline: (H, W) in [0, 1], to which what no candidate shows is limited; over another background a patch of the
            footage's would be seen.
    """
    weights, tint, below, (filled,) = decided
    scale = (box[2:] - box[:2]) / np.array(mask.shape[::-1])
    full = Grid(size, tuple(scale.tolist()), tuple((-box[:2]).tolist()))
    near = mask > LEAST
    region = _region(near, full)
    grid = full.part(region)
    layers = np.zeros((*grid.size[::-1], 4), np.float32)
    renderers = cache(renderer)
    for index, weight in enumerate(weights):
        inner = _region(near & (weight > UNSEEN), grid)
        part = grid.part(inner)
        if not np.prod(part.size):
            continue
        if np.prod(part.size) > SHARED * np.prod(grid.size):
            inner, part = np.s_[:, :], grid
        there = layers[inner]
        there += cv2.multiply(renderers(part)(index), cv2.merge([_enlarge(weight, part)] * 4), dtype=cv2.CV_32F)
    shown = layers[..., 3] / 255
    behind = (1 - shown) * _enlarge(filled if outline is None else filled * outline, grid)
    colour = np.ascontiguousarray(layers[..., :3])
    if np.abs(tint[:, near]).max(initial=0) > UNSEEN:
        colour += cv2.merge([127.5 * shown] * 3) * _enlarge(cv2.merge(list(tint)), grid)
    if behind.max(initial=0) > UNSEEN:
        colour += cv2.merge([127.5 * behind] * 3) * (_enlarge(cv2.merge(list(below)), grid) + 1)
    return Layer(region, colour, shown + behind)


def _region(mask: Mask, grid: Grid) -> Region:
    """Rows and columns of a grid that show what is True in a mask of the canvas."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return grid.region(np.array([columns[0] - 1, rows[0] - 1]), np.array([columns[-1] + 2, rows[-1] + 2]))


def _enlarge(image: FloatArray, grid: Grid) -> FloatArray:
    """An image (H, W) or (H, W, C) of the canvas on a grid, (h, w) or (h, w, C)."""
    if not all(grid.size):  # OpenCV would take the image's own size
        return np.zeros((*grid.size[::-1], *image.shape[2:]), np.float32)
    (sx, sy), (ox, oy) = grid.scale, grid.offset
    matrix = np.array([[sx, 0, 0.5 * sx - 0.5 - ox], [0, sy, 0.5 * sy - 0.5 - oy]])
    return np.asarray(cv2.warpAffine(image, matrix, grid.size, borderMode=cv2.BORDER_REPLICATE), np.float32)
