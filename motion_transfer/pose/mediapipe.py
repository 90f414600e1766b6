"""MediaPipe Holistic as the detector, and its landmarks turned into the 137 OpenPose points.

The only file that imports mediapipe, and only once an estimator is opened.
"""

import warnings
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.detection import Detection, Floats
from motion_transfer.pose.quiet import quiet_native
from motion_transfer.pose.skeleton import OPENPOSE_137

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

# For each of OpenPose's 70 face points, the vertex of MediaPipe's face mesh (with irises) at that place.
_FACE: tuple[int, ...] = (
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


class HolisticEstimator:
    """Finds one person's body, face and hands in the consecutive frames of a clip.

    A context manager; use it for one clip, for it follows the person from frame to frame::

        with HolisticEstimator(PoseSettings(), size) as estimate:
            people = estimate(frame)

    Scores: a body joint's is MediaPipe's visibility, `OUTSIDE_SCORE` outside the frame. MediaPipe
    gives hands and face no score of their own: theirs is 1 where they were found.
    MediaPipe's smoothing is off, for it lags behind the motion; `clean_poses` filters without lag.
    """

    def __init__(self, settings: PoseSettings, size: tuple[int, int]) -> None:
        self._settings = settings
        self._size = size
        self._stack = ExitStack()

    def __enter__(self) -> "HolisticEstimator":
        with self._stack:
            self._stack.enter_context(quiet_native())
            self._holistic = self._stack.enter_context(_open_holistic(self._settings))
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def __call__(self, frame: npt.NDArray[np.uint8]) -> list[Detection]:
        """Find the person in the next frame.

        Args:
            frame: (H, W, 3) uint8 RGB, of the clip's size.

        Returns:
            The person, or nothing.

        Raises:
            PoseError: a frame of another size or type.
        """
        width, height = self._size
        if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
            raise PoseError(
                f"a frame of {frame.dtype} {frame.shape}; expected uint8 {(height, width, 3)}, as said before"
            )
        found = self._holistic.process(np.ascontiguousarray(frame))
        skeleton = OPENPOSE_137
        xy = np.full((len(skeleton), 2), np.nan, np.float32)
        score = np.zeros(len(skeleton), np.float32)
        if not found.pose_landmarks:
            return []
        landmarks = _pixels(found.pose_landmarks, self._size)
        xy[skeleton.body], score[skeleton.body] = body_from_landmarks(
            landmarks, _visibility(found.pose_landmarks), self._size
        )
        depth = depth_from_landmarks(np.array([p.z for p in found.pose_landmarks.landmark], np.float32), width)
        if found.face_landmarks:
            xy[skeleton.face], score[skeleton.face] = _pixels(found.face_landmarks, self._size)[list(_FACE)], 1
        for part, hand in (
            (skeleton.left_hand, found.left_hand_landmarks),
            (skeleton.right_hand, found.right_hand_landmarks),
        ):
            if hand:
                xy[part], score[part] = _pixels(hand, self._size), 1
        return [Detection(xy, score, depth)]


def _open_holistic(settings: PoseSettings) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside mediapipe and protobuf, nothing a user can act on
        from mediapipe.python.solutions.holistic import Holistic

        return Holistic(
            model_complexity=1,  # the only one whose models lie in the wheel
            smooth_landmarks=False,
            refine_face_landmarks=True,  # exact lips and lids, and the pupils
            min_detection_confidence=settings.detection_confidence,
            min_tracking_confidence=settings.tracking_confidence,
        )


def _pixels(landmarks: Any, size: tuple[int, int]) -> Floats:
    """(N, 2) pixels of a MediaPipe list of landmarks, whose coordinates are shares of the frame."""
    return np.array([(point.x * size[0], point.y * size[1]) for point in landmarks.landmark], np.float32)


def _visibility(landmarks: Any) -> Floats:
    return np.array([point.visibility for point in landmarks.landmark], np.float32)


def body_from_landmarks(landmarks: Floats, visibility: Floats, size: tuple[int, int]) -> tuple[Floats, Floats]:
    """BODY_25 from MediaPipe's 33: (25, 2) and (25,). A midpoint is as sure as the less sure of its two."""
    joints = OPENPOSE_137.joints[OPENPOSE_137.body]
    xy = np.full((len(joints), 2), np.nan, np.float32)
    score = np.zeros(len(joints), np.float32)
    outside = ((landmarks < 0) | (landmarks > np.array(size))).any(axis=1)
    sure = np.where(outside, np.float32(OUTSIDE_SCORE), visibility)
    for name, sources in _BODY.items():
        joint = joints.index(name)
        xy[joint] = landmarks[list(sources)].mean(axis=0)
        score[joint] = np.clip(sure[list(sources)].min(), 0, 1)
    return xy, score


def depth_from_landmarks(z: Floats, width: int) -> Floats:
    """(25,) pixels behind the middle of the hips, from MediaPipe's (33,) z, which is a share of the frame's width."""
    joints = OPENPOSE_137.joints[OPENPOSE_137.body]
    depth = np.full(len(joints), np.nan, np.float32)
    for name, sources in _BODY.items():
        depth[joints.index(name)] = z[list(sources)].mean() * width
    return depth
