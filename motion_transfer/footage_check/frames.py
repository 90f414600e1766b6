"""What a clip's pixels say about it as footage: a still camera, cuts, sharpness, light, noise."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.footage.plate import person_mask
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Frame, Mask, Numbers

SAMPLES = 200
"""Frames that are looked at closely, spread over the clip."""
SIDE = 640
"""Pixels of the longer side at which they are looked at: about what a generator will be able to show."""
THUMBNAIL = (48, 27)
CUT, SPIKE = 4.0, 3.0
"""A cut changes the picture by so many grey levels, and by so many times what the two frames before and after do."""
CORNERS, LEAST_CORNERS = 200, 12
"""Points of the background that are followed, and those without which nothing can be said."""
AGREE = 1.5
"""Pixels within which points move alike; with fewer than `LEAST_CORNERS` / 2 that do, nothing can be said."""
OTHER = 10.0
"""Grey levels by which the background of another view differs, in the median."""
DARK, BRIGHT = 6, 250
"""Grey levels at which nothing can be told apart any more."""


@dataclass(frozen=True, eq=False)
class FrameFigures:
    """What was measured on N frames spread over a clip; NaN where it could not be.

    Attributes:
        sampled: (N,) which frames of the poses they are.
        shift: (N,) how far the background lies from where it is in the middle of the clip, as a share of the
            frame's width; infinite in another view. All NaN where the background is too plain to tell.
        cuts: the frames of the clip, each the first after a cut.
        sharpness: (N,) of the person: the finest detail against the next coarser, about 0 (blurred) to 1.
        light: (N,) median grey level of the person, 0 to 255.
        clipped: (N,) share of the person that is black or white.
        room: (N,) mean grey level of the background.
        noise: (N,) standard deviation of the background's grey levels from frame to frame.
        still: the frame in the middle, reduced, in grey (h, w).
    """

    sampled: npt.NDArray[np.intp]
    shift: Numbers
    cuts: list[int]
    sharpness: Numbers
    light: Numbers
    clipped: Numbers
    room: Numbers
    noise: Numbers
    still: Frame


class _Look(NamedTuple):
    """One frame, reduced to grey, and the person's outline in it."""

    row: int
    grey: Frame
    person: Mask
    next_grey: Frame


def measure_frames(frames: Iterable[Frame], poses: PoseSequence, every: int = 1) -> FrameFigures:
    """Measure the frames of a clip.

    Args:
        frames: all of them, (H, W, 3) uint8 RGB; read once, one at a time.
        poses: one row for every `every` of them.
        every: see `poses`.

    Returns:
        The measurements; about `SAMPLES` frames are looked at closely, all of them for cuts.
    """
    cuts: list[int] = []
    looks, measured = [], []
    for look in _looks(_watch_for_cuts(frames, cuts), poses, every):
        measured.append(_measure(look, poses))
        looks.append(look._replace(next_grey=look.grey))  # only once in memory
    sharpness, light, clipped, room, noise = np.array(measured, np.float64).reshape(-1, 5).T
    rows = np.array([look.row for look in looks], np.intp)
    still = looks[len(looks) // 2].grey if looks else np.zeros((9, 16), np.uint8)
    return FrameFigures(rows, _shifts(looks), cuts, sharpness, light, clipped, room, noise, still)


def _watch_for_cuts(frames: Iterable[Frame], cuts: list[int]) -> Iterator[Frame]:
    """Pass frames on; add to `cuts` the frames that differ much more from the one before than their neighbours do."""
    before, changes = None, [0.0] * 4
    for index, frame in enumerate(frames):
        small = cv2.resize(frame, THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.int16)
        changes.append(0.0 if before is None else float(np.abs(small - before).mean()))
        before = small
        two, one, change, *later = changes[-5:]  # two frames ago is the one that is decided on
        if change > CUT and change > SPIKE * max(two, one, *later):
            cuts.append(index - 2)
        yield frame


def _looks(frames: Iterator[Frame], poses: PoseSequence, every: int) -> Iterator[_Look]:
    step = max(1, math.ceil(len(poses) / SAMPLES)) * every
    bones = [*poses.skeleton.body_bones, *poses.skeleton.left_hand_bones, *poses.skeleton.right_hand_bones]
    held: tuple[int, Frame, Mask] | None = None
    for index, frame in enumerate(frames):
        if held is None and index % step:
            continue
        grey = _reduced(frame)
        if held is not None:
            yield _Look(*held, grey)
            held = None
        if index % step == 0 and index // every < len(poses):
            size = (grey.shape[1], grey.shape[0])
            xy = poses.xy[index // every] * (np.array(size, np.float32) / poses.size)
            held = index // every, grey, person_mask(xy, bones, size)
    if held is not None:
        yield _Look(*held, held[1])


def _reduced(frame: Frame) -> Frame:
    scale = min(1.0, SIDE / max(frame.shape[:2]))
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _measure(look: _Look, poses: PoseSequence) -> tuple[float, float, float, float, float]:
    """Sharpness, light, clipped share, light of the room, noise."""
    grey = look.grey.astype(np.float32)
    on_person = _along_bones(look, poses)
    light = float(np.median(on_person)) if on_person.size else math.nan
    clipped = float(((on_person <= DARK) | (on_person >= BRIGHT)).mean()) if on_person.size else math.nan
    free = ~look.person
    if not free.any():
        return _sharpness(grey, look.person), light, clipped, math.nan, math.nan
    change = np.abs(grey - look.next_grey.astype(np.float32))[free]
    return _sharpness(grey, look.person), light, clipped, float(grey[free].mean()), float(np.median(change) * 1.048)


def _sharpness(grey: Numbers, person: Mask) -> float:
    """The finest detail on the person, against the next coarser: independent of contrast and of clothes."""
    if not person.any():
        return math.nan
    once, twice = cv2.GaussianBlur(grey, (0, 0), 1.0), cv2.GaussianBlur(grey, (0, 0), 2.0)
    fine, coarse = (grey - once)[person], (once - twice)[person]
    return float(np.std(fine) / max(float(np.std(coarse)), 1e-3))


def _along_bones(look: _Look, poses: PoseSequence) -> Frame:
    """Grey levels along the bones of trunk and limbs, which surely lie on the person."""
    height, width = look.grey.shape
    xy = poses.xy[look.row] * (np.array((width, height), np.float32) / poses.size)
    bones = [bone for bone in poses.skeleton.body_bones if np.isfinite(xy[list(bone)]).all()]
    if not bones:
        return np.empty(0, np.uint8)
    ends = xy[np.array(bones)]  # (bones, 2, 2)
    share = np.linspace(0.1, 0.9, 9)[:, None, None]
    points = (ends[:, 0] * (1 - share) + ends[:, 1] * share).reshape(-1, 2)
    points = points[((points >= 0) & (points < (width, height))).all(axis=1)].astype(int)
    levels: Frame = look.grey[points[:, 1], points[:, 0]]
    return levels


def _shifts(looks: list[_Look]) -> Numbers:
    """How far the background of each frame is from that of the middle one, as a share of the width.

    Points of the background are followed forth and back (Lucas–Kanade); the median of their ways counts, so that
    water, leaves and shadows that move do not.
    """
    shifts = np.full(len(looks), np.nan)
    if not looks:
        return shifts
    start = looks[len(looks) // 2]
    corners = cv2.goodFeaturesToTrack(
        start.grey, CORNERS, 0.02, 8, mask=np.where(start.person, 0, 255).astype(np.uint8)
    )
    if corners is None or len(corners) < LEAST_CORNERS:
        return shifts
    for i, look in enumerate(looks):
        forth, there, _ = cv2.calcOpticalFlowPyrLK(start.grey, look.grey, corners, np.empty(0))
        back, here, _ = cv2.calcOpticalFlowPyrLK(look.grey, start.grey, forth, np.empty(0))
        x, y = np.clip(forth[:, 0], 0, np.array(look.grey.shape[::-1]) - 1).astype(int).T
        good = ~look.person[y, x] & (there[:, 0] > 0) & (here[:, 0] > 0) & (np.hypot(*(back - corners)[:, 0].T) < 1)
        ways = (forth - corners)[good, 0]
        way = np.median(ways, axis=0) if len(ways) else np.zeros(2)
        agree = np.hypot(*(ways - way).T) < AGREE
        if agree.sum() >= LEAST_CORNERS / 2:
            shifts[i] = float(np.hypot(way[0], way[1])) / look.grey.shape[1]
        elif _differ(start, look):
            shifts[i] = np.inf
    return shifts


def _differ(one: _Look, other: _Look) -> bool:
    """Whether two frames show altogether different backgrounds."""
    free = ~(one.person | other.person)
    change = cv2.absdiff(cv2.GaussianBlur(one.grey, (0, 0), 4), cv2.GaussianBlur(other.grey, (0, 0), 4))
    return bool(free.any() and np.median(change[free]) > OTHER)
