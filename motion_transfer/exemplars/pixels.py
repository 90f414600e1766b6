"""Pixels of rendered exemplars: where they come from on a finer grid, and how they lie over each other."""

import cv2
import numpy as np

from motion_transfer.exemplars.grid import extent_of
from motion_transfer.exemplars.parts.masks import SOLID
from motion_transfer.types import FloatArray, Image, Indices, Mask

VISIBLE = 64  # opacity of what is seen of scraps
CUT = 1 / 7  # times as large as others a scrap that the image's border cuts off must be
MOSTLY = 250  # opacity in 255 that is not worth the time of changing it
TORN = 3.0  # pixels of the canvas by which neighbouring points lie apart in an exemplar, at most


def torn_points(sx: FloatArray, sy: FloatArray, step: int) -> tuple[Indices, Indices]:
    """Rows and columns, on a grid `step` times as fine, of points beside which others lie elsewhere in the exemplar.

    Between them nothing can be interpolated.
    """
    around = np.ones((3, 3), np.uint8)
    rows, columns = np.nonzero(
        np.max([cv2.dilate(each, around) - cv2.erode(each, around) for each in (sx, sy)], axis=0) > 2 * TORN
    )
    down, right = np.divmod(np.arange(step * step), step)
    return (step * rows[:, None] + down).ravel(), (step * columns[:, None] + right).ravel()


def extrapolate(values: FloatArray, places: tuple[Indices, ...], step: int) -> FloatArray:
    """Values on the coarse grid at (rows, columns) of one `step` times as fine, each from its side of a tear."""
    rows, columns = places
    row, column = rows // step, columns // step
    found = values[row, column]
    for axis, index in enumerate(places):
        steps = np.pad(np.diff(values, axis=axis), [(1, 1) if each == axis else (0, 0) for each in (0, 1)])
        before, after = (np.delete(steps, at, axis=axis)[row, column] for at in (-1, 0))
        slope = np.where(np.abs(before) < np.abs(after), before, after)
        found = found + slope * ((index % step + 0.5) / step - 0.5)
    return np.asarray(found, np.float32)


def close_gaps(image: Image, width: float, there: FloatArray) -> None:
    """Close narrow gaps in an image with the colours around them, in place.

    Args:
        image: RGBA, premultiplied.
        width: half of the widest gap, in pixels of the mask.
        there: (h, w) in [0, 1], where gaps are closed; coarser than the image.
    """
    small = cv2.resize(image, there.shape[::-1], interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(width) + 1,) * 2)
    solid = (small[..., 3] > SOLID).astype(np.float32)
    closed = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=[0])
    around = np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), width), np.float32)
    lay_behind(image, around, np.asarray(closed, np.float32) * there)


def cut_spikes(image: Image, radius: int, kept: Mask, least: float = 0) -> None:
    """Make transparent what sticks out thinly of an image, and small scraps beside it, in place.

    Args:
        image: RGBA, premultiplied.
        radius: half of the width of what is cut off, in pixels of the mask.
        kept: (h, w) where nothing is cut off; the image has n × n pixels to each of these.
        least: pixels of the mask that a scrap must have to stay; at the image's border, which cuts it off, fewer do.
    """
    opacity = cv2.resize(cv2.extractChannel(image, 3), kept.shape[::-1], interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
    left = cv2.dilate(cv2.morphologyEx(opacity, cv2.MORPH_OPEN, kernel), np.ones((3, 3), np.uint8))
    seen = opacity > VISIBLE
    _, islands, found, _ = cv2.connectedComponentsWithStats(seen.astype(np.uint8))
    ends = found[:, :2] + found[:, 2:4]
    cut = (found[:, :2] == 0).any(axis=1) | (ends == kept.shape[::-1]).any(axis=1)
    small = (found[:, cv2.CC_STAT_AREA] < np.where(cut, CUT * least, least))[islands] & seen
    scraps = small | ~seen & (cv2.dilate(small.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    left[scraps], kept = 0, kept & ~scraps
    share = np.where(kept | (left >= opacity), np.uint8(255), cv2.divide(left, opacity, scale=255))
    share = np.where(opacity > 0, share, cv2.erode(share, np.ones((3, 3), np.uint8)))  # no outline of it is left
    region = extent_of(share < MOSTLY, 1)
    if region is None:
        return
    step = image.shape[0] // len(kept)
    there = image[tuple(slice(step * each.start, step * each.stop) for each in region)]
    share = cv2.resize(share[region], there.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    there[:] = cv2.multiply(there, cv2.merge([share] * 4), scale=1 / 255)


def lay_behind(image: Image, around: FloatArray, opacity: FloatArray) -> None:
    """Lay colours behind an image, in place.

    Args:
        image: RGBA, premultiplied.
        around: the colours, RGBA (h, w, 4) with any opacity, premultiplied; enlarged to the image.
        opacity: (h, w) in [0, 1], which they get.
    """
    around = around * (255 * opacity / np.maximum(around[..., 3], 1))[..., None]
    colours = np.rint(cv2.resize(around, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)).astype(np.uint8)
    image[:] = cv2.add(image, cv2.multiply(colours, cv2.merge([cv2.bitwise_not(image[..., 3])] * 4), scale=1 / 255))


def lay_over(under: Image, image: Image) -> None:
    """Lay an image over another one, in place; both RGBA, premultiplied."""
    clear = cv2.merge([cv2.bitwise_not(image[..., 3])] * 4)
    under[:] = cv2.add(cv2.multiply(under, clear, scale=1 / 255), image)
