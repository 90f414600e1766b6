"""Which pixels show a person whose pose is known."""

from contextlib import ExitStack

import numpy as np

from motion_transfer.pose.detection.mediapipe.columns import crop_around, paste_square
from motion_transfer.pose.detection.mediapipe.estimator import Estimator
from motion_transfer.pose.detection.mediapipe.graph import PoseGraph
from motion_transfer.pose.detection.similarity import MAIN, body_distance
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Frame, Image

VIEWS = (1.5, 2.4)  # sides of the squares around the body in which it is found again, in sides of its box
SAME_BODY = 0.15  # most distance of the body in the square from the known one, in lengths of the person


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
        """The mask of the person with joints (J, 2) in a frame, (H, W, 3) uint8 RGB.

        Returns:
            (H, W) uint8, 255 where the person is; all 0 where the body is not found again.

        Raises:
            PoseError: a frame of another size or type.
        """
        frame = self._checked(frame)
        mask = np.zeros(frame.shape[:2], np.uint8)
        body = xy[OPENPOSE_137.body]
        for margin in VIEWS if np.isfinite(body[MAIN]).any() else ():
            square, corner = crop_around(frame, body, margin)
            found = self._pose.segment(square, corner)
            if found is not None and body_distance(body[MAIN], found[0].joints[MAIN]) < SAME_BODY:
                paste_square(mask, found[1], corner)
                break
        return mask
