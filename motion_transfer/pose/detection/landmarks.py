"""MediaPipe's landmarks turned into the 137 OpenPose points."""

from dataclasses import dataclass

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Size

OUTSIDE_SCORE = 0.25
"""Score of a body joint outside the frame, which MediaPipe extrapolates. Below the score from which a joint is
measured (`body.MEASURED`), so an extrapolated ankle never counts as the dancer's height; above the one from which it is
drawn, since steady extrapolated legs are nearer to a generator's training data than legs that come and go."""

_MIDDLE = {"nose": (0, 0), "neck": (11, 12), "mid_hip": (23, 24), "left_eye": (2, 2), "right_eye": (5, 5)}
_SIDED = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "big_toe")
_LEFT = (7, 11, 13, 15, 23, 25, 27, 29, 31)
"""The left joints' landmarks; the right one's number is one higher. There is none for the small toes."""

_BODY = _MIDDLE | {
    f"{side}_{joint}": (number + right, number + right)
    for right, side in enumerate(("left", "right"))
    for joint, number in zip(_SIDED, _LEFT, strict=True)
}
"""The two of MediaPipe's 33 landmarks whose mean each joint is."""

_JOINTS = [OPENPOSE_137.index(name) for name in _BODY]
_SOURCES = np.array(list(_BODY.values()))

FACE = (
    *(127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356),  # jaw, from the right ear
    *(70, 63, 105, 66, 107),  # right brow, inwards
    *(336, 296, 334, 293, 300),  # left brow, outwards
    *(168, 197, 5, 4),  # bridge of the nose, downwards
    *(59, 97, 2, 326, 289),  # under the nose, from the right
    *(33, 160, 158, 133, 153, 144),  # right eye: outer corner, upper lid, inner corner, lower lid
    *(362, 385, 387, 263, 373, 380),  # left eye: inner corner first
    *(61, 39, 37, 0, 267, 269, 291, 321, 314, 17, 84, 91),  # outer lip, clockwise from the right corner
    *(78, 82, 13, 312, 308, 317, 14, 87),  # inner lip, the same way
    *(468, 473),  # pupils, right and left
)
"""For each of OpenPose's 70 face points, the vertex of MediaPipe's face mesh (with irises) at that place."""


@dataclass(frozen=True, eq=False)
class Landmarks:
    """MediaPipe's 33 landmarks of one person in one frame."""

    xy: FloatArray  # (33, 2) pixels
    z: FloatArray  # (33,) how far behind the hips, in pixels at the person's size
    visibility: FloatArray  # (33,) in [0, 1]

    @property
    def scale(self) -> float:
        """About the torso's length in pixels, whichever way the person stands or bends."""
        shoulders, hips = self.xy[11:13], self.xy[23:25]
        torso = float(np.linalg.norm(shoulders.mean(axis=0) - hips.mean(axis=0)))
        return max(torso, 1.3 * float(np.linalg.norm(shoulders[0] - shoulders[1])), 1.0)

    @property
    def faces_away(self) -> bool:
        """Whether the back of the head is seen: the nose lies clearly behind the ears, as it does not in profile."""
        return bool(self.z[0] - self.z[7:9].mean() > 0.3 * self.scale)

    @property
    def joints(self) -> FloatArray:
        """(25, 2) joints of BODY_25; NaN for the small toes."""
        xy = np.full((OPENPOSE_137.body.stop, 2), np.nan, np.float32)
        xy[_JOINTS] = self.xy[_SOURCES].mean(axis=1)
        return xy

    @property
    def depth(self) -> FloatArray:
        """(25,) depths of BODY_25's joints behind the middle of the hips, in pixels; NaN for the small toes."""
        depth = np.full(OPENPOSE_137.body.stop, np.nan, np.float32)
        depth[_JOINTS] = self.z[_SOURCES].mean(axis=1)
        return np.asarray(depth - depth[OPENPOSE_137.index("mid_hip")], np.float32)

    def joint_scores(self, size: Size) -> FloatArray:
        """(25,) scores of BODY_25's joints in a frame of `size`. A midpoint is as sure as the less sure of its two."""
        outside = ((self.xy < 0) | (self.xy > np.array(size))).any(axis=1)
        sure = np.where(outside, np.float32(OUTSIDE_SCORE), self.visibility)
        score = np.zeros(OPENPOSE_137.body.stop, np.float32)
        score[_JOINTS] = np.clip(sure[_SOURCES].min(axis=1), 0, 1)
        return score
