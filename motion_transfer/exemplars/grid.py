"""Grids of pixels over the canvas, at any resolution."""

from typing import NamedTuple, TypeAlias

import numpy as np

from motion_transfer.types import FloatArray, Mask, Numbers, Size

Region: TypeAlias = tuple[slice, slice]
"""Rows and columns."""


class Grid(NamedTuple):
    """Pixels in which something is rendered: index i shows the point (i + 0.5 + offset) / scale of the canvas."""

    size: Size
    scale: tuple[float, float] = (1.0, 1.0)
    offset: tuple[float, float] = (0.0, 0.0)

    def points(self) -> tuple[FloatArray, FloatArray]:
        """X (1, w) and y (h, 1) of the canvas's points that the pixels show."""
        x, y = (
            (np.arange(length, dtype=np.float32) + np.float32(0.5 + offset)) / np.float32(scale)
            for length, offset, scale in zip(self.size, self.offset, self.scale, strict=True)
        )
        return x[None], y[:, None]

    def coarser(self, step: int) -> "Grid":
        """The grid of blocks of step x step pixels, which may reach beyond this one."""
        size = tuple(-(-side // step) for side in self.size)
        scale, offset = (tuple(each / step for each in values) for values in (self.scale, self.offset))
        return Grid(size, scale, offset)  # type: ignore[arg-type]  # pairs

    def part(self, region: Region) -> "Grid":
        """The grid of some of the rows and columns."""
        rows, columns = region
        offset = self.offset[0] + columns.start, self.offset[1] + rows.start
        return Grid((columns.stop - columns.start, rows.stop - rows.start), self.scale, offset)

    def region(self, low: Numbers, high: Numbers) -> Region:
        """Rows and columns of the pixels that show a box of the canvas."""
        first = np.floor(low * self.scale - self.offset).clip(0, self.size).astype(int)
        last = np.ceil(high * self.scale - self.offset).clip(0, self.size).astype(int)
        return slice(first[1], last[1]), slice(first[0], last[0])


def overlap(*regions: Region) -> Region | None:
    """The rows and columns that all regions have; None where there are none."""
    rows, columns = (
        slice(max(each.start for each in axis), min(each.stop for each in axis)) for axis in zip(*regions, strict=True)
    )
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def relative(inside: Region, region: Region) -> Region:
    """A region inside another one, counted from that one's first row and column."""
    rows, columns = (
        slice(each.start - outer.start, each.stop - outer.start) for each, outer in zip(inside, region, strict=True)
    )
    return rows, columns


def cut(region: Region, values: FloatArray, inside: Region) -> FloatArray:
    """Of values in a region those of a region inside it."""
    return values[relative(inside, region)]


def extent_of(mask: Mask | FloatArray, margin: int = 0) -> Region | None:
    """The rows and columns that hold what is True, or not 0, and some around; None where nothing is."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    first, last = (np.array([rows[at], columns[at]]) for at in (0, -1))
    (top, left), (bottom, right) = np.maximum(first - margin, 0), np.minimum(last + 1 + margin, mask.shape)
    return slice(top, bottom), slice(left, right)
