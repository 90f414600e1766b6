"""MediaPipe's landmarks turned into the 137 OpenPose points."""

from dataclasses import dataclass

import numpy as np

from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray

OUTSIDE_SCORE = 0.25
"""Score of a body joint outside the frame, which MediaPipe extrapolates. Below the score from which a joint is
measured (`body.MEASURED`), so a guess never counts as the dancer's height; above the one from which it is drawn,
for a figure with guessed legs is nearer to what a generator knows than one whose legs come and go."""

# The landmarks of MediaPipe's 33 whose mean a joint is. It has none for the small toes.
_BODY: dict[str, tuple[int, ...]] = {
    "nose": (0,),
    "neck": (11, 12),
    "right_shoulder": (12,),
    "right_elbow": (14,),
    "right_wrist": (16,),
    "left_shoulder": (11,),
    "left_elbow": (13,),
    "left_wrist": (15,),
    "mid_hip": (23, 24),
    "right_hip": (24,),
    "right_knee": (26,),
    "right_ankle": (28,),
    "left_hip": (23,),
    "left_knee": (25,),
    "left_ankle": (27,),
    "right_eye": (5,),
    "left_eye": (2,),
    "right_ear": (8,),
    "left_ear": (7,),
    "left_big_toe": (31,),
    "left_heel": (29,),
    "right_big_toe": (32,),
    "right_heel": (30,),
}
_JOINTS = [OPENPOSE_137.index(name) for name in _BODY]
_SOURCES = np.array([(sources * 2)[:2] for sources in _BODY.values()])

FACE = (
    *(127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356),  # jaw, from the right ear
    *(70, 63, 105, 66, 107),  # right brow, inwards
    *(336, 296, 334, 293, 300),  # left brow, outwards
    *(168, 197, 5, 4),  # bridge of the nose, downwards
    *(59, 97, 2, 326, 289),  # under the nose, from the right
    *(33, 160, 158, 133, 153, 144),  # right eye: outer corner, upper lid, inner corner, lower lid
    *(362, 385, 387, 263, 373, 380),  # left eye: inner corner first
    *(61, 39, 37, 0, 267, 269, 291, 321, 314, 17, 84, 91),  # outer lip, round from the right corner over the top
    *(78, 82, 13, 312, 308, 317, 14, 87),  # inner lip, the same way
    *(468, 473),  # pupils, right and left
)
"""For each of OpenPose's 70 face points, the vertex of MediaPipe's face mesh (with irises) at that place."""


@dataclass(frozen=True, eq=False)
class Landmarks:
    """MediaPipe's 33 landmarks of one person in one frame.

    Attributes:
        xy: (33, 2) float32, pixels.
        z: (33,) float32, how far behind the hips, in pixels at the person's size.
        visibility: (33,) float32 in [0, 1].
    """

    xy: FloatArray
    z: FloatArray
    visibility: FloatArray

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


def body_from_landmarks(
    landmarks: FloatArray, visibility: FloatArray, size: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """BODY_25 from MediaPipe's 33: (25, 2) and (25,). A midpoint is as sure as the less sure of its two."""
    count = OPENPOSE_137.body.stop
    xy, score = np.full((count, 2), np.nan, np.float32), np.zeros(count, np.float32)
    outside = ((landmarks < 0) | (landmarks > np.array(size))).any(axis=1)
    sure = np.where(outside, np.float32(OUTSIDE_SCORE), visibility)
    xy[_JOINTS] = landmarks[_SOURCES].mean(axis=1)
    score[_JOINTS] = np.clip(sure[_SOURCES].min(axis=1), 0, 1)
    return xy, score


def depth_from_landmarks(z: FloatArray) -> FloatArray:
    """(25,) depths of BODY_25's joints behind the middle of the hips from those of MediaPipe's 33."""
    depth = np.full(OPENPOSE_137.body.stop, np.nan, np.float32)
    depth[_JOINTS] = z[_SOURCES].mean(axis=1)
    return np.asarray(depth - depth[OPENPOSE_137.index("mid_hip")], np.float32)
