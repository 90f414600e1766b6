"""Measurements of a clip's pixels as footage: still camera, cuts, sharpness, light, noise."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.footage.cuts import CutFinder
from motion_transfer.footage.masks import person_mask
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Frame, Mask, Numbers

SAMPLES = 200  # frames that are measured closely, spread over the clip
PROBES = 48  # frames in which other people are looked for, spread over the clip
SIDE = 640  # pixels of the longer side at which frames are measured: about what a generator will be able to show
CORNERS, LEAST_CORNERS = 200, 12  # points of the background that are tracked, and the least number that gives a result
AGREE = 1.5  # pixels within which points move alike; fewer than `LEAST_CORNERS` / 2 that do give no result
OTHER = 10.0  # grey levels by which the background of another view differs, in the median
DARK, BRIGHT = 6, 250  # grey levels beyond which detail is lost


@dataclass(frozen=True, eq=False)
class FrameMeasurements:
    """What was measured on N frames spread over a clip; NaN where it could not be.

    Attributes:
        sampled: (N,) which frames of the poses they are.
        shift: (N,) how far the background lies from where it is in the middle of the clip, as a share of the
            frame's width; infinite in another view. All NaN where the background is too plain to tell.
        cuts: the frames of the clip, each the first after a cut.
        sharpness: (N,) of the person: the finest detail against the next coarser, about 0 (blurred) to 1.
        light: (N,) median grey level of the person, 0 to 255.
        clipped: (N,) share of the person that is black or white.
        background: (N,) mean grey level of the background.
        noise: (N,) standard deviation of the background's grey levels from frame to frame.
        still: the frame in the middle, reduced, in grey (h, w).
    """

    sampled: npt.NDArray[np.intp]
    shift: Numbers
    cuts: list[int]
    sharpness: Numbers
    light: Numbers
    clipped: Numbers
    background: Numbers
    noise: Numbers
    still: Frame


def median(values: Numbers) -> float | None:
    """The median of those values that are known; None where none is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


class _Sample(NamedTuple):
    """One frame, reduced to grey, the person's outline in it, and the joints, (K, 2)."""

    row: int
    grey: Frame
    person: Mask
    xy: Numbers


class FrameMeter:
    """Measures the frames of a clip while they pass through to another consumer.

    About `SAMPLES` frames are measured closely, all of them for cuts; memory does not grow with the clip's length.

    Args:
        every: the poses are of one in so many frames.

    Attributes:
        poses: the poses that the frames were measured with, from when `watch` was called.
        probes: up to `PROBES` frames spread over the clip, reduced, RGB.
        frames: how many frames have passed.
    """

    poses: PoseSequence

    def __init__(self, every: int = 1) -> None:
        self.every = every
        self.probes: list[Frame] = []
        self.frames = 0
        self._samples: list[_Sample] = []
        self._measured: list[tuple[float, ...]] = []
        self._cuts = CutFinder()

    def watch(self, frames: Iterable[Frame], poses: PoseSequence) -> Iterator[Frame]:
        """Pass frames on and measure them.

        Args:
            frames: all frames of the clip, (H, W, 3) uint8 RGB; read once, one at a time.
            poses: one row for each `every` of them.
        """
        self.poses = poses
        step = max(1, math.ceil(len(poses) / SAMPLES)) * self.every
        waiting: _Sample | None = None  # for the frame after it, from which its noise is measured
        for index, frame in enumerate(frames):
            self._cuts.add(frame)
            if index % self.probe_step == 0:
                self.probes.append(_reduced(frame))
            sampled = index % step == 0 and index // self.every < len(poses)
            if sampled or waiting is not None:
                grey = _reduced(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.uint8))
                if waiting is not None:
                    self._add(waiting, grey)
                    waiting = None
                if sampled:
                    size = (grey.shape[1], grey.shape[0])
                    xy = poses.xy[index // self.every] * (np.array(size, np.float32) / poses.size)
                    waiting = _Sample(index // self.every, grey, person_mask(xy, poses.skeleton.bones, size), xy)
            self.frames += 1
            yield frame
        if waiting is not None:
            self._add(waiting, waiting.grey)

    @property
    def probe_step(self) -> int:
        """Frames from one probe to the next."""
        return max(1, math.ceil(len(self.poses) * self.every / PROBES))

    def result(self) -> FrameMeasurements:
        """What the frames that have passed gave."""
        samples = self._samples
        rows = np.array([sample.row for sample in samples], np.intp)
        sharpness, light, clipped, background, noise = np.array(self._measured, np.float64).reshape(-1, 5).T
        still = samples[len(samples) // 2].grey if samples else np.zeros((9, 16), np.uint8)
        return FrameMeasurements(
            rows, _shifts(samples), self._cuts.cuts, sharpness, light, clipped, background, noise, still
        )

    def _add(self, sample: _Sample, next_grey: Frame) -> None:
        self._samples.append(sample)
        self._measured.append(_measure(sample, next_grey, self.poses.skeleton.body_bones))


def _reduced(image: Frame) -> Frame:
    """Scale an image down to `SIDE` pixels at most."""
    scale = min(1.0, SIDE / max(image.shape[:2]))
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _measure(sample: _Sample, next_grey: Frame, bones: Sequence[tuple[int, int]]) -> tuple[float, ...]:
    """Sharpness, light, clipped share, light of the background, noise."""
    grey = sample.grey.astype(np.float32)
    light = clipped = background = noise = math.nan
    on_person = _along_bones(sample, bones)
    if on_person.size:
        light = float(np.median(on_person))
        clipped = float(((on_person <= DARK) | (on_person >= BRIGHT)).mean())
    free = ~sample.person
    if free.any():
        background = float(grey[free].mean())
        noise = float(np.median(np.abs(grey - next_grey.astype(np.float32))[free]) * 1.048)
    return _sharpness(grey, sample.person), light, clipped, background, noise


def _sharpness(grey: Numbers, person: Mask) -> float:
    """The finest detail on the person, against the next coarser: independent of contrast and of clothes."""
    if not person.any():
        return math.nan
    once, twice = cv2.GaussianBlur(grey, (0, 0), 1.0), cv2.GaussianBlur(grey, (0, 0), 2.0)
    fine, coarse = (grey - once)[person], (once - twice)[person]
    return float(np.std(fine) / max(float(np.std(coarse)), 1e-3))


def _along_bones(sample: _Sample, bones: Sequence[tuple[int, int]]) -> Frame:
    """Grey levels along the bones of trunk and limbs, which surely lie on the person."""
    ends = sample.xy[np.array(bones)]  # (bones, 2, 2)
    ends = ends[np.isfinite(ends).all(axis=(1, 2))]
    share = np.linspace(0.1, 0.9, 9)[:, None, None]
    points = (ends[:, 0] * (1 - share) + ends[:, 1] * share).reshape(-1, 2)
    points = points[((points >= 0) & (points < sample.grey.shape[::-1])).all(axis=1)].astype(int)
    levels: Frame = sample.grey[points[:, 1], points[:, 0]]
    return levels


def _shifts(samples: list[_Sample]) -> Numbers:
    """How far the background of each frame is from that of the middle one, as a share of the width.

    Points of the background are tracked forwards and backwards (Lucas–Kanade); the median of their displacements
    counts, so that water, leaves and shadows that move do not.
    """
    shifts = np.full(len(samples), np.nan)
    if not samples:
        return shifts
    start = samples[len(samples) // 2]
    corners = cv2.goodFeaturesToTrack(
        start.grey, CORNERS, 0.02, 8, mask=np.where(start.person, 0, 255).astype(np.uint8)
    )
    if corners is None or len(corners) < LEAST_CORNERS:
        return shifts
    for i, sample in enumerate(samples):
        forth, there, _ = cv2.calcOpticalFlowPyrLK(start.grey, sample.grey, corners, np.empty(0))
        back, here, _ = cv2.calcOpticalFlowPyrLK(sample.grey, start.grey, forth, np.empty(0))
        x, y = np.clip(forth[:, 0], 0, np.array(sample.grey.shape[::-1]) - 1).astype(int).T
        good = ~sample.person[y, x] & (there[:, 0] > 0) & (here[:, 0] > 0) & (np.hypot(*(back - corners)[:, 0].T) < 1)
        displacements = (forth - corners)[good, 0]
        displacement = np.median(displacements, axis=0) if len(displacements) else np.zeros(2)
        agree = np.hypot(*(displacements - displacement).T) < AGREE
        if agree.sum() >= LEAST_CORNERS / 2:
            shifts[i] = float(np.hypot(*displacement)) / sample.grey.shape[1]
        elif _differ(start, sample):
            shifts[i] = np.inf
    return shifts


def _differ(one: _Sample, other: _Sample) -> bool:
    """Whether two frames show different backgrounds."""
    free = ~(one.person | other.person)
    change = cv2.absdiff(cv2.GaussianBlur(one.grey, (0, 0), 4), cv2.GaussianBlur(other.grey, (0, 0), 4))
    return bool(free.any() and np.median(change[free]) > OTHER)
