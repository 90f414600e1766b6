"""Which pixels show a person whose pose is known already."""

from contextlib import ExitStack
from types import TracebackType

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.pose.detection.mediapipe.bodies import body_in, checked, mask_from, open_pose
from motion_transfer.pose.detection.mediapipe.verifier import crop_around
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.pose.tracking.similarity import MAIN, body_distance
from motion_transfer.types import FloatArray, Image

VIEWS = (1.5, 2.4)
"""Sides of the squares around the body in which it is looked for, in sides of its box."""

SAME_BODY = 0.15
"""How far the body in the square may lie from the known one, in lengths of the person."""


class PersonMasks:
    """Gives the mask of a person whose pose was found, in any frames in any order. A context manager.

    It is the mask of MediaPipe Pose, found anew in a square around the body: so it works for each of several people,
    for every backend, and for poses that were made elsewhere.

    Args:
        settings: of the pose stage.
        size: (width, height) of the frames.
    """

    def __init__(self, settings: PoseSettings, size: tuple[int, int]) -> None:
        self._settings = settings
        self._size = size

    def __enter__(self) -> "PersonMasks":
        with ExitStack() as stack:
            stack.enter_context(suppress_native_stderr())
            self._pose = stack.enter_context(open_pose(self._settings, static=True, masks=True))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def __call__(self, frame: Image, xy: FloatArray) -> Image:
        """The mask of the person with joints (J, 2) in a frame, (H, W, 3) uint8 RGB.

        Returns:
            (H, W) uint8, 255 where the person is; all 0 where the body is not found again.

        Raises:
            PoseError: a frame of another size or type.
        """
        frame = checked(frame, self._size)
        whole = np.zeros(frame.shape[:2], np.uint8)
        body = xy[OPENPOSE_137.body]
        for margin in VIEWS if np.isfinite(body[MAIN]).any() else ():
            square, corner = crop_around(frame, body, margin)
            found = self._pose.process(square)
            again = body_in(found, (square.shape[1], square.shape[0]))
            if again is not None and body_distance(body[MAIN], (again + corner)[MAIN]) < SAME_BODY:
                _lay(whole, mask_from(found.segmentation_mask), corner)
                break
        return whole


def _lay(whole: Image, part: Image, corner: FloatArray) -> None:
    """Put a square's mask at its place in the frame's."""
    (x, y), (height, width), side = corner.astype(int).tolist(), whole.shape, part.shape[0]
    left, right, top, bottom = max(0, x), min(width, x + side), max(0, y), min(height, y + side)
    if left < right and top < bottom:
        whole[top:bottom, left:right] = part[top - y : bottom - y, left - x : right - x]
