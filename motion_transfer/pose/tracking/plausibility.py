"""Is it a person? MediaPipe sees one in a chair or a plant, in most frames, and with some confidence.

A threshold on its confidence loses dancers before it loses furniture. The difference is whether a verification on other
pictures of the same frame finds the same body (`DetectionVerifier`), and whether the picture ever moves there: living
people are never perfectly still, furniture is. Blurred or bent dancers are not always found again, and some hold a
pose, so a decision is made for a segment of frames, not for a frame.

The joints do not show that: a detector's landmarks tremble on a chair as well. The pixels do: between pictures half a
second apart, those of a chair differ by the camera's noise and the codec's traces; those of people who stand or hold a
pose by several times more, at the outlines at least (docs/pose.md, "Nobody there").
"""

from collections import deque
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np

from motion_transfer.pose.detection.detection import Detection, body_distance
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.pose.tracking.tracklets import Track
from motion_transfer.types import FloatArray, Frame, Mask

LEAST_VERIFIED = 0.15  # share of the verifications of a person that agree; of a thing hardly any does
PAUSE = Fraction(1, 2)  # seconds for which a person may be lost within one segment
STILL_FOR = Fraction(1)  # seconds; what does not move for so long, all the time it is seen, is a thing
LEAP = 0.5  # lengths of a person that a body moves at most from one frame to the next one in which it is found
MOVES = 8.0
"""Times the noise; where no picture differs more from the one before, no living person is. Measured: furniture up to
5.6, at the strongest noise and compression; single pictures of people from 17, the most in a second from 75."""
APART = Fraction(1, 2)  # seconds between two pictures that are compared
EVERY = Fraction(1, 8)  # seconds between two comparisons
SHORT = 160  # pixels of the compared pictures' shorter side: large enough for a hand, small enough to average noise
LEAST_NOISE, MOST_NOISE = 0.4, 1.5
"""Grey levels. Less is a codec that repeats pixels; with more the entire picture moves, and hides the noise."""
_MOST = 0.98  # quantile of the differences that counts: a few pixels may flicker; in a held pose only outlines move


def plausible_frames(track: Track, fps: Fraction) -> Mask:
    """Which of the N frames of a track show a person, (N,).

    The track is cut into segments where the person was lost for a while, or where the body leaps. A segment shows a
    person if enough of its verifications agreed (one without any is accepted), and if the picture moves there at any
    time (not required of one shorter than a second, as a clip of one frame). So a person who holds a pose during a
    dance is kept; a photograph, a poster or a frozen clip is not.
    """
    kept = np.zeros(len(track.frames), bool)
    for first, stop in _segments(track, fps):
        people = track.people[first:stop]
        verified = [one.verified for one in people if one.verified is not None]
        agreed = not verified or sum(verified) >= max(1, LEAST_VERIFIED * len(verified))
        lasts = track.frames[stop - 1] - track.frames[first] + 1 >= STILL_FOR * fps
        scores = [one.motion_score for one in people if one.motion_score is not None]
        still = lasts and bool(scores) and max(scores) < MOVES
        kept[first:stop] = agreed and not still
    return kept


def _segments(track: Track, fps: Fraction) -> list[tuple[int, int]]:
    """Where each segment begins in the track, and where it ends (exclusive)."""
    cuts = [
        i
        for i, (frames, people) in enumerate(zip(pairwise(track.frames), pairwise(track.people), strict=True), start=1)
        if frames[1] - frames[0] > PAUSE * fps + 1 or body_distance(people[0].body, people[1].body) > LEAP
    ]
    return list(pairwise([0, *cuts, len(track.frames)])) if track.frames else []


class MotionMeter:
    """Measures, for consecutive frames, how much the picture changes where people were found.

    Memory: half a second's pictures of about 160 x 160 grey pixels, eight a second.
    """

    def __init__(self, fps: Fraction) -> None:
        self._every = max(1, round(EVERY * fps))
        self._pictures: deque[FloatArray] = deque(maxlen=max(1, round(APART * fps / self._every)) + 1)

    def __call__(self, number: int, frame: Frame, people: Iterable[Detection]) -> tuple[float | None, ...]:
        """Measure the next frame, (H, W, 3) uint8 RGB, of that number in its clip: they ascend one by one.

        For each person found in it, how much the box around the body has changed in half a second, in times the noise;
        None in the first half second and in frames that are not compared.
        """
        if number % self._every:
            return tuple(None for _ in people)
        self._pictures.append(_small(frame))
        if len(self._pictures) < (self._pictures.maxlen or 0):
            return tuple(None for _ in people)
        change = _change(self._pictures[0], self._pictures[-1])
        noise = float(np.clip(np.median(change) / 0.6745, LEAST_NOISE, MOST_NOISE))  # of a normal distribution
        scale = change.shape[1] / frame.shape[1]
        bodies = [scale * one.xy[OPENPOSE_137.body] for one in people]
        return tuple(None if np.isnan(body).all() else _within(change, body) / noise for body in bodies)


def _small(frame: Frame) -> FloatArray:
    """(h, w) float32, grey."""
    height, width = frame.shape[:2]
    scale = min(1.0, SHORT / min(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _change(before: FloatArray, after: FloatArray) -> FloatArray:
    """(h, w), in grey levels; a change of the light all over the picture does not count."""
    change = after - before
    smooth: FloatArray = cv2.blur(change - np.median(change), (3, 3)).astype(np.float32)
    return np.abs(smooth)


def _within(change: FloatArray, body: FloatArray) -> float:
    """The change in the box around a body (J, 2), as far as it lies in the picture."""
    limit = np.array([change.shape[1], change.shape[0]])
    low = np.clip(np.floor(np.nanmin(body, axis=0)), 0, limit - 1).astype(int)
    high = np.clip(np.ceil(np.nanmax(body, axis=0)), low + 1, limit).astype(int)
    return float(np.quantile(change[low[1] : high[1], low[0] : high[0]], _MOST))
