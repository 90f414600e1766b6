"""The detector of one person."""

from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.landmarks import Landmarks
from motion_transfer.pose.detection.mediapipe.bodies import checked, landmarks_from, mask_from, open_pose
from motion_transfer.pose.detection.mediapipe.networks import part_finder
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.pose.detection.parts import join_parts
from motion_transfer.types import Image

WIDE = 1.5
"""Frames of this aspect and more are searched in squares too: MediaPipe sees the whole at 224 pixels a side, and in it
a person of a third of the frame's height at 44."""


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

    Args:
        settings: of the pose stage.
        size: (width, height) of the frames.
        masks: give the person's mask too; it takes half as long again.
    """

    def __init__(self, settings: PoseSettings, size: tuple[int, int], *, masks: bool = False) -> None:
        self._settings = settings
        self._size = size
        self._masks = masks
        self._squares = _squares(size) if size[0] >= WIDE * size[1] else []

    def __enter__(self) -> "HolisticEstimator":
        with ExitStack() as stack:
            stack.enter_context(suppress_native_stderr())
            self._pose = stack.enter_context(open_pose(self._settings, masks=self._masks))
            if self._squares:
                self._search = stack.enter_context(open_pose(self._settings, static=True, masks=self._masks))
            self._find_parts = stack.enter_context(part_finder())
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
        frame = checked(frame, self._size)
        found = self._find(frame)
        people, masks = ([found[0]], [found[1]]) if found else ([], [])
        return join_parts(people, self._find_parts(frame, people), masks, self._size)

    def _find(self, frame: Image) -> tuple[Landmarks, Image | None] | None:
        """The body and its mask in the frame, or else in the first of its squares in which one is."""
        found = self._pose.process(frame)
        if found.pose_landmarks:
            mask = mask_from(found.segmentation_mask) if self._masks else None
            return landmarks_from(found.pose_landmarks.landmark, self._size), mask
        side = self._size[1]
        for left in self._squares:
            found = self._search.process(np.ascontiguousarray(frame[:, left : left + side]))
            if found.pose_landmarks:
                person = landmarks_from(found.pose_landmarks.landmark, (side, side))
                mask = np.zeros(frame.shape[:2], np.uint8) if self._masks else None
                if mask is not None:
                    mask[:, left : left + side] = mask_from(found.segmentation_mask)
                return replace(person, xy=person.xy + np.array((left, 0), np.float32)), mask
        return None


def _squares(size: tuple[int, int]) -> list[int]:
    """Left edges of squares as high as the frame that overlap by half or more, the middle one first."""
    width, height = size
    count = max(1, -(-2 * (width - height) // height) + 1)
    lefts: list[int] = np.linspace(0, width - height, count).round().astype(int).tolist()
    return sorted(lefts, key=lambda left: abs(left - (width - height) / 2))
