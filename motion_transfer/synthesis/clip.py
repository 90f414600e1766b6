"""One clip on its way through the generator: what goes in for each frame, and what is made of what comes out."""

from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from motion_transfer.errors import PoseError
from motion_transfer.exemplars import warp_exemplars
from motion_transfer.footage import person_mask, to_tensor
from motion_transfer.models import Generated
from motion_transfer.pose import PoseSequence, draw_frame, drawable
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.pose.geometry.viewport import Viewport
from motion_transfer.subject import Subject
from motion_transfer.types import FloatArray, Frame, Image, Size


class Inputs(NamedTuple):
    """What the generator is given for one frame of one clip: batches of one, on the device."""

    pose: Tensor
    """(1, 3, height, width), the pose image in [-1, 1]."""
    previous: Tensor
    """(1, 3, height, width), the frame generated for the instant before, in [-1, 1]; zeros at the start."""
    plate: Tensor
    """(1, 3, height, width), the empty background in [-1, 1]."""
    candidate: Tensor
    """(1, 4, height, width), what is remembered of the person, laid in the pose; without channels where nothing is."""
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
        backdrop: what stands behind the person, a frame for each of these; the subject's own room if not given.
        transparent: put nothing behind the person: frames are RGBA (H, W, 4), the colours not multiplied by the alpha.

    Raises:
        PoseError: the poses are not in the subject's pixels.
    """

    def __init__(
        self,
        subject: Subject,
        poses: PoseSequence,
        device: torch.device,
        frames: range | None = None,
        *,
        backdrop: Iterator[Frame] | None = None,
        transparent: bool = False,
    ) -> None:
        if poses.size != subject.size:
            raise PoseError(
                f"the poses are in a frame of {poses.size[0]} x {poses.size[1]} pixels, the subject's is "
                f"{subject.size[0]} x {subject.size[1]}. Normalise them for this subject first."
            )
        self.subject = subject
        self.poses = poses
        self.device = device
        self.frames = range(len(poses)) if frames is None else frames
        self._backdrop = repeat(subject.background) if backdrop is None else backdrop
        self._transparent = transparent
        self._elsewhere = transparent or backdrop is not None
        self._xy, self._bones = poses.xy, poses.skeleton.body_bones
        self._present = poses.present
        self._drawn = drawable(poses, subject.pipeline.draw)
        # Of the whole sequence, since they are steadied over time: a part of a clip has the boxes of the whole.
        self.viewport = subject.viewport(poses)
        exemplars = subject.exemplars
        self._warper = None if exemplars is None else warp_exemplars(exemplars, poses, self.viewport)
        self._boxes = torch.full((len(poses), 3, 4), torch.nan)
        if subject.generator.face is not None or subject.generator.hands is not None:
            boxes = self.viewport.points(part_boxes(poses))
            self._boxes = torch.from_numpy(boxes.astype(np.float32))
        self._still = self._crop_plate(0) if self.viewport.still and len(poses) else None
        self._previous: tuple[int, Tensor] | None = None

    def prepare(self, t: int) -> Inputs | None:
        """What the generator needs for frame t, the one after that finished last; None if nobody is there."""
        if not self._present[t]:
            return None
        subject, plate = self.subject, self._crop_plate(t) if self._still is None else self._still
        image = draw_frame(self._drawn, t, subject.canvas, subject.pipeline.draw, window=self.viewport.boxes[t])
        previous = torch.zeros_like(plate)
        if self._previous is not None:
            before, frame = self._previous
            move = torch.from_numpy(self.viewport.move(before, t))[None].to(self.device)
            previous = subject.generator.seen_before(frame, move, plate)
        candidate = plate[:, :0] if self._warper is None else to_tensor(self._warper.warp(t)).to(self.device)
        return Inputs(to_tensor(image).to(self.device), previous, plate, candidate, self._boxes[t : t + 1])

    def finish(self, t: int, generated: Generated, improved: Generated) -> Frame:
        """The frame, RGB (H, W, 3) at the size of the subject's footage, of what the generator gave: batches of one.

        Args:
            t: which frame it is, the one that was prepared last.
            generated: as the main network made it. The next frame sees this, as in its training.
            improved: the same with face and hands improved, as far as the subject has networks for them.
        """
        self._previous = (t, generated.frame)
        colour, share = (_to_array(image) for image in (improved.foreground, improved.mask))
        colour = (colour + 1) * 127.5
        if self._elsewhere:
            share = matte(share, self._outline(t))
        if self._transparent:
            return _cut_out(self.subject.size, self.viewport, t, colour, share)
        return self.viewport.paste(next(self._backdrop), t, colour, share)

    def empty(self) -> Frame:
        """The frame where nobody is there; the next one starts afresh."""
        self._previous = None
        if self._transparent:
            return np.zeros((*self.subject.size[::-1], 4), np.uint8)
        return next(self._backdrop).copy()

    def _outline(self, t: int) -> Frame:
        """Where the person of frame t may be, on the canvas: (height, width), 255 there."""
        outline = person_mask(self._xy[t], self._bones, self.subject.size).astype(np.uint8) * np.uint8(255)
        return self.viewport.crop(outline, t)

    def _crop_plate(self, t: int) -> Tensor:
        """What frame t shows of the empty background, (1, 3, height, width)."""
        return to_tensor(self.viewport.crop(self.subject.background, t)).to(self.device)


SOLID = (0.2, 0.8)
"""Shares of the mask that count as nothing and as everything where another background is behind."""

SOFT = 1 / 48
"""Width of the outline's soft edge, as a share of the canvas's height."""


def matte(share: FloatArray, outline: Frame) -> FloatArray:
    """The mask as it is used over another background than the footage's.

    Over its own room the generator may as well paint a patch of wall, which nobody sees. Over another one it shows: so
    only what lies within the person's outline is kept, and what is hardly there is left out.

    Args:
        share: (height, width) in [0, 1].
        outline: (height, width), 255 where the person may be.
    """
    low, high = SOLID
    around = cv2.GaussianBlur(outline.astype(np.float32) / 255, (0, 0), SOFT * len(outline))
    kept: FloatArray = np.clip((share - low) / (high - low), 0, 1) * around
    return kept


def _cut_out(size: Size, viewport: Viewport, t: int, colour: FloatArray, share: FloatArray) -> Image:
    """RGBA (H, W, 4) with an image from the canvas where frame t's box is, and nothing around it."""
    nothing = np.zeros((*size[::-1], 3), np.uint8)
    colours = viewport.paste(nothing, t, colour, np.ones_like(share))
    alpha = viewport.paste(nothing, t, np.full_like(colour, 255), share)
    return np.concatenate([colours, alpha[..., :1]], axis=2)


def _to_array(tensor: Tensor) -> FloatArray:
    """One image of a batch, (1, C, H, W), as (H, W, C); (H, W) of one channel."""
    return tensor[0].permute(1, 2, 0).squeeze(2).float().cpu().numpy()
