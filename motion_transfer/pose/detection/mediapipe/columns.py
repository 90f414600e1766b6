"""Columns and squares of the frame, in which one person is seen without the neighbours."""

from collections.abc import Iterable, Iterator

import numpy as np

from motion_transfer.types import FloatArray, Image

COLUMN = 0.22
"""Width of the columns in which the frame is searched, as a share of its height; they overlap by half."""

BESIDE = 0.1
"""How far beyond the body's joints in the frame before, to the left and right and in its lengths, anything is seen."""

CLEAR = 0.25
"""Somebody whose hips are farther away than this, in lengths, stands beside, not before or behind."""


def search_edges(size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Left and right edges of the columns that are searched, from the middle outwards."""
    width, height = size
    wide = min(width, max(64, round(COLUMN * height)))
    count = max(1, -(-2 * (width - wide) // wide) + 1)
    lefts = np.linspace(0, width - wide, count).round().astype(int).tolist()
    for left in sorted(lefts, key=lambda x: abs(x + wide / 2 - width / 2)):
        yield left, left + wide


def own_column(xy: FloatArray, middle: float, length: float, others: Iterable[float]) -> tuple[int, int]:
    """From where to where, across the frame, a body and its arms may be in this frame and the next.

    Not beyond the middle of those who stand beside it, for half a body is not taken for a part of this one.

    Args:
        xy: (J, 2) all that is known of the body.
        middle: where its hips are, across the frame.
        length: of the body.
        others: where the other people's hips are.
    """
    left, right = float(np.nanmin(xy[:, 0])) - BESIDE * length, float(np.nanmax(xy[:, 0])) + BESIDE * length
    for other in others:
        if other < middle - CLEAR * length:
            left = max(left, other)
        elif other > middle + CLEAR * length:
            right = min(right, other)
    return int(left), int(right)


def cut_square(frame: Image, corner: tuple[int, int], side: int, seen: tuple[int, int] | None = None) -> Image:
    """A square of the frame, (side, side, 3), black beyond it and to the left and right of what shall be `seen`."""
    (x, y), (height, width) = corner, frame.shape[:2]
    first, last = seen or (0, width)
    left, right, top, bottom = max(0, x, first), min(width, x + side, last), max(0, y), min(height, y + side)
    square = np.zeros((side, side, 3), np.uint8)
    if left < right and top < bottom:
        square[top - y : bottom - y, left - x : right - x] = frame[top:bottom, left:right]
    return square
