"""The exemplar bank: frames of a person's footage, cut out at the footage's own resolution.

The frame with the nearest pose, unchanged, is of little use to a generator, since its limbs lie elsewhere; warped
along the limbs, it is. See `candidates`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any

import cv2
import numpy as np

from motion_transfer.ahead import ahead
from motion_transfer.exemplars.cutout import Cutout, shrink
from motion_transfer.exemplars.parts.labels import PartLabels, lab, label_parts
from motion_transfer.exemplars.parts.legs import find_hem, leg_widths
from motion_transfer.exemplars.parts.masks import SOLID, Clothes, PartMasks
from motion_transfer.footage.shadow import no_shadow
from motion_transfer.pose.geometry.segments import SEGMENTS, TRUNK, Segments
from motion_transfer.processes import Processes, count_cores
from motion_transfer.types import FloatArray, Image, Indices, Mask, Numbers, Size

Labels = dict[int, PartLabels]
"""Of exemplars, by their numbers."""

FINER = 2  # times as fine as the canvas masks are at most: an arm is five of its pixels wide
LINES = 512  # that masks of the complete canvas would have at most
MOST_BYTES, LEAST_KEPT = 150e6, 24  # of masks that are kept, and exemplars of which: a few frames show so many
MASKS = 25  # of one exemplar, about
STEPS = 16  # points of an axis at which it is asked whether the person is seen
COLOURS = 4  # of a segment, along its axis
SEEN = 100  # opacity with which they are, there or a pixel beside: a foot's axis may lie on its border


@dataclass(frozen=True, eq=False)
class ExemplarBank:
    """K cutouts of a person, and where the body's segments lie in them."""

    cutouts: tuple[Cutout, ...]
    segments: Segments
    """Of the K frames, in pixels of the canvas."""
    instants: Indices
    """(K,) which frames of the footage they are."""
    canvas: Size
    """(width, height) on which the segments are measured."""
    shadow: Image = field(default_factory=no_shadow)
    """That the person casts on the floor, see `join_shades`."""

    def __len__(self) -> int:
        return len(self.cutouts)

    def __getstate__(self) -> dict[str, Any]:
        """A copy in another process finds masks of its own."""
        return {name: each for name, each in vars(self).items() if name != "_masks"}

    @property
    def orientations(self) -> Numbers:
        """(N,) degrees, see `body_orientation`: which way the body faces in those exemplars that tell."""
        cosine, sine = self.segments.views[:, TRUNK, 2:4].T
        return np.asarray(np.degrees(np.arctan2(sine, cosine))[np.isfinite(cosine)])

    @cached_property
    def small(self) -> tuple[Cutout, ...]:
        """The cutouts at about the canvas's resolution."""
        return tuple(shrink(cutout, 1 / cutout.scale) for cutout in self.cutouts)

    def masks(self, k: int) -> PartMasks:
        """What exemplar k shows of which segment."""
        return self._masks(k)

    @cached_property
    def _masks(self) -> Callable[[int], PartMasks]:
        """The same; those that were used last are kept."""
        scale = float(np.mean([cutout.scale for cutout in self.cutouts]))
        finer = max(1, int(min(FINER, LINES / self.canvas[1], scale)))
        clothes = self.clothes  # found once, and not in every thread

        def find(k: int) -> PartMasks:
            masks = PartMasks(self.cutouts[k], self.segments.at(np.array([k])), finer, clothes)
            if k in self.labels:
                masks.labels = self.labels[k]
            return masks

        pixels = finer**2 * np.mean([np.prod(cutout.image.shape[:2] / cutout.scale) for cutout in self.cutouts])
        return lru_cache(max(LEAST_KEPT, int(MOST_BYTES / (MASKS * pixels))))(find)

    @cached_property
    def labels(self) -> Labels:
        """Those that were found before they are needed; of other exemplars each copy of the bank finds its own."""
        return {}

    def label_all(self) -> None:
        """Find the labels of all exemplars now, in as many processes as there are cores; else each when it is shown."""
        with Processes(count_cores()) as processes:
            processes.hold(self)
            self.label(range(len(self)), processes, ExemplarBank.find_labels)

    def label(self, which: Iterable[int], processes: Processes, find: Callable[[Any, list[int]], Labels]) -> None:
        """Find the labels of exemplars now, each in one of the processes.

        Args:
            which: their numbers; those that were found before are not found again.
            processes: with a copy of this bank in their state.
            find: of a module; given the state, calls `find_labels` of that copy.
        """
        missing = np.array([k for k in which if k not in self.labels], int)
        parts = [part.tolist() for part in np.array_split(missing, max(1, len(processes)))]
        for found in ahead(partial(processes.call, find), parts, max(1, len(processes))):
            self.labels.update(found)

    def find_labels(self, which: Iterable[int]) -> Labels:
        """The labels of exemplars, by their numbers."""
        return {k: self.masks(k).labels for k in which}

    @cached_property
    def clothes(self) -> Clothes:
        """What all exemplars together tell of them."""
        opacities = [self._on_canvas(k)[..., 3] for k in range(len(self))]
        hem = find_hem(self.segments.axes, self.segments.head, opacities)
        widths = leg_widths(
            (axes, float(head), label_parts(self.segments, k, self.canvas), opacities[k] > SOLID)
            for k, (axes, head) in enumerate(zip(self.segments.axes, self.segments.head, strict=True))
        )
        return Clothes(self._colours(), widths, hem)

    def seen_on(self, k: int, axes: Numbers) -> Numbers:
        """(N,) the share of each axis, (N, 2, 2), on which exemplar k is seen; 0 of those that are not measured."""
        x, y, inside = self._along(axes)
        seen = cv2.dilate(self._on_canvas(k)[..., 3], np.ones((3, 3))) > SEEN
        return np.asarray((inside & seen[y, x]).mean(axis=0))

    def _along(self, axes: Numbers) -> tuple[Indices, Indices, Mask]:
        """(STEPS, N) columns and rows of the pixels on axes, (N, 2, 2), and whether they are on the canvas."""
        points = axes[:, 0] + np.linspace(0, 1, STEPS)[:, None, None] * (axes[:, 1] - axes[:, 0])
        inside = (points >= 0).all(axis=2) & (points < self.canvas).all(axis=2)
        x, y = np.where(inside[..., None], points, 0).astype(int).transpose(2, 0, 1)
        return x, y, inside

    def _colours(self) -> FloatArray:
        """See `Clothes`: of what lies on the axes in all exemplars the colour next to the median."""
        found = [[[np.empty((0, 3), np.float32)] for _ in range(COLOURS)] for _ in SEGMENTS]
        for k in range(len(self)):
            image, (x, y, inside) = self._on_canvas(k), self._along(self.segments.axes[k])
            seen = inside & (image[y, x, 3] > SEEN) & np.isfinite(self.segments.views[k]).all(axis=1)
            colours = lab(image)[y, x]
            for at, steps in enumerate(np.split(np.arange(STEPS), COLOURS)):
                for part in range(len(SEGMENTS)):
                    found[part][at].append(colours[steps, part][seen[steps, part]])
        return np.stack([[_usual(np.concatenate(each)) for each in part] for part in found])

    def _on_canvas(self, k: int) -> Image:
        """The cutout of exemplar k in its place, RGBA (H, W, 4)."""
        cutout = self.small[k]
        (fx, fy), (ox, oy) = cutout.scale.tolist(), cutout.origin.tolist()
        matrix = np.array([[1 / fx, 0, (0.5 + ox) / fx - 0.5], [0, 1 / fy, (0.5 + oy) / fy - 0.5]])
        return cv2.warpAffine(cutout.image, matrix, self.canvas).astype(np.uint8, copy=False)


def _usual(colours: FloatArray) -> FloatArray:
    """(3,) of (N, 3) colours the one next to their median; NaN of none."""
    if not len(colours):
        return np.full(3, np.nan, np.float32)
    off = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    return np.asarray(colours[off.argmin()])
