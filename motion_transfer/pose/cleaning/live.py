"""Smoothing for live use, where the future is not known: one frame after the other, at the price of a little lag."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.filters import SPEED_CUTOFF, decay
from motion_transfer.pose.skeleton import OPENPOSE_137


class LiveFilter:
    """The published one-euro filter over the frames of one person, weighted by the joints' scores.

    A joint at rest is smoothed strongly, a fast one follows at once. Clips are better cleaned by `clean_poses`,
    which looks ahead too::

        smooth = LiveFilter(size, fps)
        for frame in camera:
            for person in estimate(frame)[:1]:
                draw(smooth(person))

    Source: Casiez, Roussel and Vogel, "1 EUR filter", CHI 2012.
    """

    def __init__(self, size: tuple[int, int], fps: Fraction, settings: PoseSettings = PoseSettings()) -> None:
        """Begin a clip.

        Args:
            size: (width, height) of the frames.
            fps: frames a second.
            settings: cutoff, speed_cutoff and max_gap; a joint unseen for longer than that starts afresh.
        """
        joints = len(OPENPOSE_137)
        self._fps, self._settings = fps, settings
        self._longest = int(settings.max_gap * fps)
        self._usual = size[1] / 4  # the trunk's length until it is seen
        self._trunks: list[float] = []
        self._mean = np.zeros((joints, 3))  # x, y and depth
        self._speed = np.zeros((joints, 3))  # a frame
        self._weight = np.zeros(joints)  # of the mean: what the frames so far still count
        self._since = np.ones(joints)  # frames since the joint was seen

    def __call__(self, person: Detection) -> Detection:
        """Smooth the next frame's person. What is missing stays missing; scores stay.

        Call it for every frame, with a detection in which all is missing where nobody was found.
        """
        body = OPENPOSE_137.body.stop
        now = np.full(self._mean.shape, np.nan)
        now[:, :2], now[:body, 2] = person.xy, person.depth
        known = np.isfinite(now)
        seen = known[:, :2].all(axis=1) & (person.score > 0)
        self._weight[self._since > self._longest + 1] = 0
        fresh = self._weight == 0
        self._mean[fresh], self._speed[fresh] = np.nan_to_num(now[fresh]), 0

        step = np.where(known & seen[:, None], now - self._mean, 0) / self._since[:, None]
        turn = 1 - decay(SPEED_CUTOFF, self._fps)
        self._speed += np.where(seen[:, None], turn * (step - self._speed), 0)
        pace = np.hypot(self._speed[:, 0], self._speed[:, 1]) * float(self._fps) / self._unit(person)
        kept = decay(self._settings.cutoff + self._settings.speed_cutoff * pace, self._fps) ** self._since
        weight = np.where(seen, person.score + kept * self._weight, self._weight)
        share = np.divide(person.score, weight, out=np.zeros_like(weight), where=seen)
        self._mean += np.where(known, share[:, None] * (np.nan_to_num(now) - self._mean), 0)
        self._weight = weight
        self._since = np.where(seen, 1, self._since + 1)

        smooth = np.where(known & seen[:, None], self._mean, np.nan).astype(np.float32)
        return replace(person, xy=smooth[:, :2], depth=smooth[:body, 2])

    def _unit(self, person: Detection) -> float:
        """The person's trunk length so far: its mean over the last frames that showed it."""
        neck, hip = (person.xy[OPENPOSE_137.index(name)] for name in ("neck", "mid_hip"))
        trunk = float(np.hypot(*(neck - hip)))
        if np.isfinite(trunk) and trunk > 0:
            self._trunks = [*self._trunks[-int(2 * self._fps) :], trunk]
        return float(np.mean(self._trunks)) if self._trunks else self._usual
