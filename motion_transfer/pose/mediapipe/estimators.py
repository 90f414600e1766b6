"""The detectors: one person by MediaPipe's `solutions`, several by MediaPipe Tasks."""

import warnings
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.detection import Detection
from motion_transfer.pose.landmarks import Landmarks, body_from_landmarks, depth_from_landmarks
from motion_transfer.pose.mediapipe.networks import FACE_PIXELS, HAND_PIXELS, PartNetworks
from motion_transfer.pose.parts import PartFinder, Parts
from motion_transfer.pose.quiet import quiet_native
from motion_transfer.pose.skeleton import OPENPOSE_137

Image = npt.NDArray[np.uint8]


class HolisticEstimator:
    """Finds one person's body, face and hands in the consecutive frames of a clip.

    A context manager; use it for one clip, for it follows the person from frame to frame::

        with HolisticEstimator(PoseSettings(), size) as estimate:
            people = estimate(frame)

    The body is that of MediaPipe Holistic; hands and face are read by Holistic's networks, but in crops that
    `PartFinder` chooses. MediaPipe's smoothing is off, for it lags behind the motion; `clean_poses` filters
    without lag.

    Scores: a body joint's is MediaPipe's visibility, `OUTSIDE_SCORE` outside the frame. The points of a
    hand or a face share the score that the part is there at all, 0.5 or more.
    """

    def __init__(self, settings: PoseSettings, size: tuple[int, int]) -> None:
        self._settings = settings
        self._size = size

    def __enter__(self) -> "HolisticEstimator":
        with ExitStack() as stack:
            stack.enter_context(quiet_native())
            self._pose = stack.enter_context(_open_pose(self._settings))
            self._find_parts = _open_parts(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def __call__(self, frame: Image) -> list[Detection]:
        """Find the person in the next frame.

        Args:
            frame: (H, W, 3) uint8 RGB, of the clip's size.

        Returns:
            The person, or nothing.

        Raises:
            PoseError: a frame of another size or type.
        """
        frame = _checked(frame, self._size)
        found = self._pose.process(frame)
        if not found.pose_landmarks:
            self._find_parts(frame, [])
            return []
        people = [_landmarks(found.pose_landmarks.landmark, self._size)]
        return _detections(people, self._find_parts(frame, people), [None], self._size)


def _checked(frame: Image, size: tuple[int, int]) -> Image:
    if frame.shape != (size[1], size[0], 3) or frame.dtype != np.uint8:
        raise PoseError(
            f"a frame of {frame.dtype} {frame.shape}; expected uint8 {(size[1], size[0], 3)}, as said before"
        )
    return np.ascontiguousarray(frame)


def _open_pose(settings: PoseSettings, static: bool = False) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside mediapipe and protobuf, nothing a user can act on
        from mediapipe.python.solutions.pose import Pose

        return Pose(
            static_image_mode=static,
            model_complexity=1,  # the only one whose model lies in the wheel
            smooth_landmarks=False,
            min_detection_confidence=settings.detection_confidence,
            min_tracking_confidence=settings.tracking_confidence,
        )


def _open_parts(stack: ExitStack) -> PartFinder:
    networks = stack.enter_context(PartNetworks())
    return PartFinder(networks.hand, networks.face, hand_pixels=HAND_PIXELS, face_pixels=FACE_PIXELS)


def _landmarks(points: Any, size: tuple[int, int]) -> Landmarks:
    """MediaPipe's 33 points, whose coordinates are shares of the frame (z of its width)."""
    xyz = np.array([(p.x * size[0], p.y * size[1], p.z * size[0]) for p in points], np.float32)
    return Landmarks(xyz[:, :2], xyz[:, 2], np.array([p.visibility for p in points], np.float32))


def _detections(
    people: list[Landmarks], parts: list[Parts], masks: list[Image | None], size: tuple[int, int]
) -> list[Detection]:
    skeleton = OPENPOSE_137
    detections = []
    for person, part, mask in zip(people, parts, masks, strict=True):
        xy = np.full((len(skeleton), 2), np.nan, np.float32)
        score = np.zeros(len(skeleton), np.float32)
        xy[skeleton.body], score[skeleton.body] = body_from_landmarks(person.xy, person.visibility, size)
        for name in ("face", "left_hand", "right_hand"):
            if found := getattr(part, name):
                xy[getattr(skeleton, name)], score[getattr(skeleton, name)] = found
        detections.append(Detection(xy, score, depth_from_landmarks(person.z), mask))
    return detections
