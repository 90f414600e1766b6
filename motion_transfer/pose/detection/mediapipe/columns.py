"""Columns and squares of the frame that show one person without the neighbours."""

from collections.abc import Iterable

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Image, Size

COLUMN = 0.22  # width of the columns in which the frame is scanned, as a share of its height; they overlap by half
BESIDE = 0.1  # how far a person's column reaches beyond the joints of the frame before, in lengths of the body
CLEAR = 0.25  # a person with the hips farther away than this, in lengths, stands beside, not in front or behind
LEAST = 64  # least width of a column and side of a square around a body, in pixels

JOINTS = [
    OPENPOSE_137.index(name)
    for name in (
        "nose",
        *(f"{s}_{j}" for s in ("left", "right") for j in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")),
    )
]
"""The joints that a square around a body holds."""


def scan_edges(size: Size) -> list[tuple[int, int]]:
    """Left and right edges of the columns that are scanned, from the middle outwards."""
    width, height = size
    wide = min(width, max(LEAST, round(COLUMN * height)))
    return [(left, left + wide) for left in left_edges(width, wide)]


def left_edges(width: int, wide: int) -> list[int]:
    """Left edges of columns that cover a frame's width and overlap by half or more, the middle one first."""
    count = max(1, -(-2 * (width - wide) // wide) + 1)
    lefts: list[int] = np.linspace(0, width - wide, count).round().astype(int).tolist()
    return sorted(lefts, key=lambda left: abs(left - (width - wide) / 2))


def own_column(xy: FloatArray, middle: float, length: float, others: Iterable[float]) -> tuple[int, int]:
    """Left and right edge of the column in which a body and its arms may be in this frame and the next.

    It ends at the hips of the people beside it, since half a body is not taken for a part of this one: `middle` and
    `others` are the x of this body's hips and of theirs, beside its joints (J, 2) and its length.
    """
    left, right = float(np.nanmin(xy[:, 0])) - BESIDE * length, float(np.nanmax(xy[:, 0])) + BESIDE * length
    for other in others:
        if other < middle - CLEAR * length:
            left = max(left, other)
        elif other > middle + CLEAR * length:
            right = min(right, other)
    return int(left), int(right)


def cut_square(frame: Image, corner: tuple[int, int], side: int, column: tuple[int, int] | None = None) -> Image:
    """A square of the frame, (side, side, 3), black beyond the frame and to the left and right of the `column`."""
    (x, y), (height, width) = corner, frame.shape[:2]
    left, right = column or (0, width)
    columns, across = _overlap(x, side, max(0, left), min(width, right))
    rows, down = _overlap(y, side, 0, height)
    square = np.zeros((side, side, 3), np.uint8)
    square[down, across] = frame[rows, columns]
    return square


def paste_square(frame: Image, square: Image, corner: tuple[int, int]) -> None:
    """Write a square's pixels to its place in the frame, as far as it lies there."""
    columns, across = _overlap(corner[0], len(square), 0, frame.shape[1])
    rows, down = _overlap(corner[1], len(square), 0, frame.shape[0])
    frame[rows, columns] = square[down, across]


def crop_around(frame: Image, body: FloatArray, margin: float) -> tuple[Image, tuple[int, int]]:
    """The square around a body (25, 2), `margin` times as large as its box, black beyond the frame; and its corner."""
    low, high = np.nanmin(body[JOINTS], axis=0), np.nanmax(body[JOINTS], axis=0)
    side = int(max(LEAST, margin * (high - low).max()))
    x, y = (int(n) for n in np.floor((low + high - side) / 2))
    return cut_square(frame, (x, y), side), (x, y)


def _overlap(start: int, side: int, low: int, high: int) -> tuple[slice, slice]:
    """The part of a square's side from `start` on that lies between two limits: in the frame, and in the square."""
    first = max(start, low)
    stop = max(first, min(start + side, high))
    return slice(first, stop), slice(first - start, stop - start)
