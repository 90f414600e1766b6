"""Smoothing for live use, where the future is not known: one frame after the other, at the price of a little lag."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import Numbers, Size

SPEED_CUTOFF = 1.0  # hertz; the cutoff of the low pass that measures a joint's speed, as published


class LiveFilter:
    """The one-euro filter over the frames of one person, weighted by the joints' scores.

    A low pass whose cutoff grows with speed: a joint at rest is smoothed strongly, a fast one follows at once. Clips
    are better cleaned by `clean_poses`, which uses later frames too. Call it once for every frame:

        >>> smooth = LiveFilter((640, 480), Fraction(25))
        >>> for frame in camera:
        ...     people = estimate(frame)
        ...     person = smooth(people[0] if people else None)
        ...     if person is not None:
        ...         show(frame, person)

    Source: Casiez, Roussel and Vogel, "1 EUR filter", CHI 2012.
    """

    def __init__(
        self, size: Size, fps: Fraction, *, cutoff: float = 9.0, speed_cutoff: float = 4.0, max_gap: float = 0.5
    ) -> None:
        """Begin a clip.

        Args:
            size: (width, height) of the frames.
            fps: frames a second.
            cutoff: hertz, for a joint at rest.
            speed_cutoff: hertz that are added for every trunk length a second at which the joint moves.
            max_gap: seconds; a joint that was missing for longer starts without a past.
        """
        joints = len(OPENPOSE_137)
        self._fps, self._cutoff, self._speed_cutoff = fps, cutoff, speed_cutoff
        self._longest = int(max_gap * fps)
        self._usual = size[1] / 4  # the trunk's length until it is seen
        self._trunks: list[float] = []
        self._mean = np.zeros((joints, 3))  # x, y and depth
        self._speed = np.zeros((joints, 3))  # a frame
        self._weight = np.zeros(joints)  # of the mean: what the frames so far still count
        self._since = np.ones(joints)  # frames since the joint was seen

    def __call__(self, person: Detection | None) -> Detection | None:
        """Smooth the person of the next frame; None where no person was found.

        Missing joints stay missing, and scores do not change.
        """
        if person is None:
            self._since += 1
            return None
        body = OPENPOSE_137.body.stop
        now = np.full(self._mean.shape, np.nan)
        now[:, :2], now[:body, 2] = person.xy, person.depth
        known = np.isfinite(now)
        seen = known[:, :2].all(axis=1) & (person.score > 0)
        self._weight[self._since > self._longest + 1] = 0
        fresh = self._weight == 0
        self._mean[fresh], self._speed[fresh] = np.nan_to_num(now[fresh]), 0

        step = np.where(known & seen[:, None], now - self._mean, 0) / self._since[:, None]
        self._speed += np.where(seen[:, None], (1 - self._decay(SPEED_CUTOFF)) * (step - self._speed), 0)
        pace = np.hypot(self._speed[:, 0], self._speed[:, 1]) * float(self._fps) / self._unit(person)
        kept = self._decay(self._cutoff + self._speed_cutoff * pace) ** self._since
        weight = np.where(seen, person.score + kept * self._weight, self._weight)
        share = np.divide(person.score, weight, out=np.zeros_like(weight), where=seen)
        self._mean += np.where(known, share[:, None] * (np.nan_to_num(now) - self._mean), 0)
        self._weight = weight
        self._since = np.where(seen, 1, self._since + 1)

        smooth = np.where(known & seen[:, None], self._mean, np.nan).astype(np.float32)
        return replace(person, xy=smooth[:, :2], depth=smooth[:body, 2])

    def _decay(self, cutoff: float | Numbers) -> Numbers:
        """How much less a frame counts than the next one in a low pass of that cutoff in hertz, below 1."""
        frames = float(self._fps) / (2 * np.pi * np.asarray(cutoff))
        return frames / (1 + frames)

    def _unit(self, person: Detection) -> float:
        """The person's trunk length in pixels: its mean over the last frames that showed it."""
        neck, hip = (person.xy[OPENPOSE_137.index(name)] for name in ("neck", "mid_hip"))
        trunk = float(np.hypot(*(neck - hip)))
        if np.isfinite(trunk) and trunk > 0:
            self._trunks = [*self._trunks[-int(2 * self._fps) :], trunk]
        return float(np.mean(self._trunks)) if self._trunks else self._usual
