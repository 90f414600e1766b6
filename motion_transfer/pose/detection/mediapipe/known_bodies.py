"""Known bodies found again in other pictures of the same frame: for their verification, and for their masks."""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice

import numpy as np

from motion_transfer.pose.detection.detection import MAIN, Detection, body_distance, body_length
from motion_transfer.pose.detection.mediapipe.columns import JOINTS, crop_around, own_column, paste_square
from motion_transfer.pose.detection.mediapipe.detectors import Estimator, scan_columns
from motion_transfer.pose.detection.mediapipe.graph import PoseGraph
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Frame, Image

AGREE = 0.05  # most distance between the joints of both detections (the median), in lengths of the person

VIEWS = ((True, 0.0), (True, 1.6), (True, 2.4))  # mirrored or not; the square's side in sides of the box, 0: the frame
NEEDED = 2  # how many of these pictures must show the same body again
MASK_SQUARES = (1.5, 2.4)  # sides of the squares around the body that has a mask, in sides of its box
SAME_BODY = 0.15  # most distance of the body in the square from the known one, in lengths of the person

_MIRRORED = [
    OPENPOSE_137.index(name.replace("left", "?").replace("right", "left").replace("?", "right"))
    for name in OPENPOSE_137.joints[OPENPOSE_137.body]
]
_HIPS = OPENPOSE_137.index("mid_hip")


class DetectionVerifier(Estimator):
    """Checks whether MediaPipe finds the same body in other pictures of the same frame.

    A person is found again in the mirror, left for right, and in a crop. What MediaPipe detects in a table depends on
    accidents of the picture: in the mirror it is not found, or another body is (docs/pose.md, "Nobody there").
    """

    def _open(self, graphs: ExitStack) -> None:
        self._pose = graphs.enter_context(PoseGraph(self._settings, static=True))

    def __call__(self, frame: Frame, detection: Detection, others: Sequence[Detection] = ()) -> bool:
        """Whether a body that was found in a frame, (H, W, 3) uint8 RGB, is found again.

        If others were found too, only the body's own column of the frame is shown, so that none of them is found
        instead.
        """
        body = detection.xy[OPENPOSE_137.body]
        shown = frame
        if others:
            hips = [float(one.xy[_HIPS, 0]) for one in others]
            column = own_column(body, float(body[_HIPS, 0]), body_length(body[JOINTS]), hips)
            left, right = np.clip(column, 0, frame.shape[1])
            shown = np.zeros_like(frame)
            shown[:, left:right] = frame[:, left:right]
        agreed = (view for view in VIEWS if self._agrees(shown, body, *view))
        return len(list(islice(agreed, NEEDED))) == NEEDED

    def count(self, frame: Frame) -> int:
        """How many people are found in a frame's columns; sometimes one too many, so count in several frames."""
        return sum(1 for _ in scan_columns(self._pose, frame))

    def _agrees(self, frame: Frame, body: FloatArray, mirrored: bool, margin: float) -> bool:
        picture, corner = crop_around(frame, body, margin) if margin else (frame, (0, 0))
        found = self._pose.find(picture[:, ::-1] if mirrored else picture)
        if found is None:
            return False
        again = found.joints
        if mirrored:
            again = again[_MIRRORED]
            again[:, 0] = picture.shape[1] - again[:, 0]
        again += np.array(corner, np.float32)
        return body_distance(body[JOINTS], again[JOINTS], np.median) < AGREE


class PersonMasks(Estimator):
    """Gives the mask of a person whose pose is known, in any frames in any order.

    It is the mask of MediaPipe Pose in a square around the body: so it works for each of several people, and for poses
    that were made elsewhere::

        with PersonMasks(PoseSettings(), poses.size) as mask_of:
            mask = mask_of(frame, poses.xy[index])
    """

    def _open(self, graphs: ExitStack) -> None:
        self._pose = graphs.enter_context(PoseGraph(self._settings, static=True, masks=True))

    def __call__(self, frame: Frame, xy: FloatArray) -> Image:
        """The mask of the person with joints (J, 2) in a frame, (H, W, 3) uint8 RGB, which is checked as in `Detector`.

        It is (H, W) uint8, 255 where the person is; all 0 where the body is not found again.
        """
        frame = self._checked(frame)
        mask = np.zeros(frame.shape[:2], np.uint8)
        body = xy[OPENPOSE_137.body]
        for margin in MASK_SQUARES if np.isfinite(body[MAIN]).any() else ():
            square, corner = crop_around(frame, body, margin)
            found = self._pose.segment(square, corner)
            if found is not None and body_distance(body[MAIN], found[0].joints[MAIN]) < SAME_BODY:
                paste_square(mask, found[1], corner)
                break
        return mask
