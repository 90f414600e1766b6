"""One clip on its way through the generator: what goes in for each frame, and what is made of what comes out."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from motion_transfer.errors import PoseError
from motion_transfer.models import Generated
from motion_transfer.pose import PoseSequence, draw_frame, drawable
from motion_transfer.pose.boxes import part_boxes
from motion_transfer.subject import Subject, to_canvas, to_tensor

Frame = npt.NDArray[np.uint8]


class Inputs(NamedTuple):
    """What the generator is given for one frame of one clip: batches of one, on the device."""

    pose: Tensor
    """(1, 3, height, width), the pose image in [-1, 1]."""
    previous: Tensor
    """(1, 3, height, width), the frame generated for the instant before, in [-1, 1]; zeros at the start."""
    plate: Tensor
    """(1, 3, height, width), the empty background in [-1, 1]."""
    boxes: Tensor
    """(1, 3, 4), where face, left and right hand are on the canvas, in pixels; NaN where not seen."""


class Clip:
    """All of a clip's synthesis but the network: its frames are prepared and finished one after the other.

    Each frame is conditioned on the one before (arXiv 1808.07371, "Temporal smoothing"). A frame in which nobody
    was found is the empty background, and the next one starts afresh.

    Args:
        subject: whom to show.
        poses: T frames in pixels of the subject's footage, as `normalise_poses` gives them.
        device: where to compute.
        frames: those of the T to generate, in a row; all of them if not given.

    Raises:
        PoseError: the poses are not in the subject's pixels.
    """

    def __init__(
        self, subject: Subject, poses: PoseSequence, device: torch.device, frames: range | None = None
    ) -> None:
        if poses.size != subject.size:
            raise PoseError(
                f"the poses are in a frame of {poses.size[0]} x {poses.size[1]} pixels, the subject's is "
                f"{subject.size[0]} x {subject.size[1]}. Normalise them for this subject first."
            )
        self.subject = subject
        self.device = device
        self.frames = range(len(poses)) if frames is None else frames
        self._present = poses.present
        self._drawn = drawable(poses, subject.pipeline.draw)
        # Of the whole sequence, since they are steadied over time: a part of a clip has the boxes of the whole.
        self._boxes = torch.full((len(poses), 3, 4), torch.nan)
        if subject.generator.face is not None or subject.generator.hands is not None:
            self._boxes = torch.from_numpy(part_boxes(poses, subject.canvas))
        self._plate = to_tensor(to_canvas(subject.background, subject.canvas)).to(device)
        self._previous = self._start = torch.zeros_like(self._plate)

    def prepare(self, t: int) -> Inputs | None:
        """What the generator needs for frame t, the one after that finished last; None if nobody is there."""
        if not self._present[t]:
            return None
        image = draw_frame(self._drawn, t, self.subject.canvas, self.subject.pipeline.draw)
        return Inputs(to_tensor(image).to(self.device), self._previous, self._plate, self._boxes[t : t + 1])

    def finish(self, generated: Generated, improved: Generated) -> Frame:
        """The frame, RGB (H, W, 3) at the size of the subject's footage, of what the generator gave: batches of one.

        Args:
            generated: as the main network made it. The next frame sees this, as in its training.
            improved: the same with face and hands improved, as far as the subject has networks for them.
        """
        self._previous = generated.frame
        return _compose(improved.foreground, improved.mask, self.subject.background)

    def empty(self) -> Frame:
        """The frame where nobody is there; the next one starts afresh."""
        self._previous = self._start
        return self.subject.background.copy()


def _compose(foreground: Tensor, mask: Tensor, background: Frame) -> Frame:
    """Lay the foreground over the full-size plate, so that the room keeps the footage's sharpness."""
    size = (background.shape[1], background.shape[0])
    colour = cv2.resize(_to_array(foreground), size, interpolation=cv2.INTER_CUBIC)
    share = cv2.resize(_to_array(mask), size, interpolation=cv2.INTER_LINEAR)[..., None]
    colour = np.clip((colour + 1) * 127.5, 0, 255)
    frame: Frame = np.rint(background + share * (colour - background)).astype(np.uint8)
    return frame


def _to_array(tensor: Tensor) -> npt.NDArray[np.float32]:
    """One image of a batch, (1, C, H, W), as (H, W, C)."""
    return tensor[0].permute(1, 2, 0).float().cpu().numpy()
