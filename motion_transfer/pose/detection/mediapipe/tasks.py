"""The detector of several people that MediaPipe Tasks offers."""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.mediapipe.bodies import checked, landmarks_from, mask_from
from motion_transfer.pose.detection.mediapipe.bundle import own_bundle, read_bundle
from motion_transfer.pose.detection.mediapipe.networks import part_finder
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.pose.detection.parts import join_parts
from motion_transfer.types import Image


class PeopleEstimator:
    """Finds several people's bodies, faces and hands in the consecutive frames of a clip.

    A context manager, used like `HolisticEstimator`; scores mean the same. In a frame with fewer than
    `settings.people` people MediaPipe looks for all of them anew, so the order of the people means nothing.
    With `settings.people` 1 MediaPipe smooths, and lags.

    Args:
        settings: of the pose stage; `settings.model` is a `.task` file, if not the one of the wheel's networks.
        size: (width, height) of the frames.
        fps: of the clip.
        masks: give each person's mask too.

    Raises:
        PoseError: when entered: `settings.model` is no model.
    """

    def __init__(self, settings: PoseSettings, size: tuple[int, int], fps: Fraction, *, masks: bool = False) -> None:
        self._settings = settings
        self._size = size
        self._fps = fps
        self._masks = masks
        self._frames = 0

    def __enter__(self) -> "PeopleEstimator":
        model = read_bundle(Path(self._settings.model)) if self._settings.model else None
        with ExitStack() as stack:
            stack.enter_context(suppress_native_stderr())
            self._landmarker = stack.enter_context(self._open(own_bundle() if model is None else model))
            self._find_parts = stack.enter_context(part_finder())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def __call__(self, frame: Image) -> list[Detection]:
        """Find the people in the next frame, (H, W, 3) uint8 RGB.

        Raises:
            PoseError: a frame of another size or type.
        """
        from mediapipe.python import Image as Picture
        from mediapipe.python import ImageFormat

        frame = checked(frame, self._size)
        at = int(self._frames * 1000 / self._fps)
        self._frames += 1
        found = self._landmarker.detect_for_video(Picture(image_format=ImageFormat.SRGB, data=frame), at)
        people = [landmarks_from(points, self._size) for points in found.pose_landmarks]
        masks = [
            mask_from(found.segmentation_masks[i].numpy_view()) if self._masks else None for i in range(len(people))
        ]
        return join_parts(people, self._find_parts(frame, people), masks, self._size)

    def _open(self, model: bytes) -> Any:
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=model),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=self._settings.people,
            min_pose_detection_confidence=self._settings.detection_confidence,
            min_pose_presence_confidence=self._settings.tracking_confidence,
            min_tracking_confidence=self._settings.tracking_confidence,
            output_segmentation_masks=self._masks,
        )
        try:
            return vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            given = self._settings.model or "(the one made of MediaPipe's own networks)"
            raise PoseError(f"--pose.model {given} cannot be opened by MediaPipe: {error}. Give another.") from error
