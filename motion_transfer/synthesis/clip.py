"""One clip's way through the generator: the inputs of each frame, and the frame that is made of the outputs."""

from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from motion_transfer.errors import PoseError
from motion_transfer.exemplars.candidates import CHANNELS, CandidateWarper
from motion_transfer.exemplars.grid import Grid
from motion_transfer.footage.canvas import to_tensor
from motion_transfer.footage.masks import person_mask
from motion_transfer.models.compositor import Decisions
from motion_transfer.models.device import choose_device
from motion_transfer.models.generator import Generated
from motion_transfer.pose import PoseSequence, draw_frame
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.subject import Subject
from motion_transfer.synthesis.compositing import Layer, composite
from motion_transfer.types import FloatArray, Frame, Image

SOLID = (0.2, 0.8)  # opacities that count as nothing and as everything over another background
SOFT = 1 / 48  # width of the outline's soft edge, as a share of the canvas's height


class Inputs(NamedTuple):
    """What the generator is given for one frame of one clip: batches of one, on the device."""

    pose: Tensor  # (1, 3, height, width), the pose image in [-1, 1]
    previous: (
        Tensor  # (1, 3, height, width), the frame generated for the instant before, in [-1, 1]; zeros at the start
    )
    plate: Tensor  # (1, 3, height, width), the empty background in [-1, 1]
    candidates: Tensor  # (1, k, 5, height, width), warped exemplars; k is 0 for a subject without them
    boxes: Tensor  # (1, 3, 4), of face, left and right hand on the canvas, in pixels; NaN where not visible


class Clip:
    """All of a clip's synthesis but the network: its frames are prepared and finished one after the other.

    Each frame is conditioned on the one before (arXiv 1808.07371, "Temporal smoothing"). A frame without
    a person is the empty background, and the next one has no frame before it.

    Args:
        subject: the person to show.
        poses: T frames in pixels of the subject's footage, as `normalise_poses` gives them.
        device: "cpu", "cuda", ...; the fastest there is if not given.
        frames: those of the T to generate, in a row; all of them if not given.
        backdrop: the background behind the person, a frame for each of these; the subject's own if not given.
        transparent: no background: frames are RGBA (H, W, 4), the colours not multiplied by the alpha.

    Raises:
        PoseError: the poses are not in the subject's pixels.
        ConfigError: this machine has no such device.
    """

    def __init__(
        self,
        subject: Subject,
        poses: PoseSequence,
        device: str | torch.device | None = None,
        frames: range | None = None,
        *,
        backdrop: Iterator[Frame] | None = None,
        transparent: bool = False,
    ) -> None:
        if poses.size != subject.size:
            raise PoseError(
                f"{poses.name}: poses in a frame of {poses.size[0]} x {poses.size[1]} pixels, the subject's is "
                f"{subject.size[0]} x {subject.size[1]}. Normalise them for this subject first."
            )
        self.subject = subject
        self.poses = poses
        self.device = choose_device(device)
        self.frames = range(len(poses)) if frames is None else frames
        # Of all T frames, since boxes are smoothed over time: a part of a clip has those of the complete clip.
        self.viewport = subject.viewport(poses)
        self._backdrop = repeat(subject.background) if backdrop is None else backdrop
        self._transparent = transparent
        self._matte = transparent or backdrop is not None
        self._present = poses.present
        self._warper = None
        if subject.exemplars is not None:
            candidates = subject.pipeline.model.candidates
            self._warper = CandidateWarper(subject.exemplars, poses, self.viewport, candidates)
        self._boxes = None
        if subject.generator.face is not None or subject.generator.hands is not None:
            self._boxes = torch.from_numpy(self.viewport.points(part_boxes(poses)).astype(np.float32))
        self._still = self._plate(0) if self.viewport.still and len(poses) else None
        self._previous: tuple[int, Tensor] | None = None

    def warn_of_unseen(self) -> None:
        """Warn of the parts of the person that the footage does not show from where the poses show them."""
        if self._warper is not None:
            self._warper.warn_of_unseen()

    def prepare(self, t: int) -> Inputs | None:
        """What the generator needs for frame t, the one after that finished last; None where no person was found."""
        if not self._present[t]:
            return None
        subject, plate = self.subject, self._plate(t) if self._still is None else self._still
        image = draw_frame(self.poses, t, subject.canvas, subject.pipeline.draw, crop=self.viewport.boxes[t])
        previous = torch.zeros_like(plate)
        if self._previous is not None:
            before, frame = self._previous
            move = torch.from_numpy(self.viewport.move(before, t))[None].to(self.device)
            motion = None
            if self._warper is not None:
                motion = torch.from_numpy(self._warper.motion(before, t))[None].to(self.device)
            previous = subject.generator.seen_before(frame, move, plate, motion)
        candidates = plate.new_zeros((1, 0, CHANNELS, *plate.shape[2:]))
        if self._warper is not None:
            warped = torch.from_numpy(self._warper.warp(t, self._warper.steady(t))).to(self.device)
            candidates = warped.permute(0, 3, 1, 2)[None].float().div_(255)
        boxes = torch.full((1, 3, 4), torch.nan) if self._boxes is None else self._boxes[t : t + 1]
        return Inputs(to_tensor(image).to(self.device), previous, plate, candidates, boxes)

    def finish(self, t: int, generated: Generated, improved: Generated) -> Frame:
        """The frame, RGB (H, W, 3) at the size of the subject's footage, from the generator's outputs: batches of one.

        Args:
            t: which frame it is, the one that was prepared last.
            generated: as the main network made it. The next frame is conditioned on this, as in its training.
            improved: the same with face and hands refined, as far as the subject has networks for them.
        """
        self._previous = (t, generated.frame)
        if self._warper is not None and improved.decisions is not None:
            layer = self._composite(t, improved.decisions, _to_array(improved.mask), self._warper)
            return layer.alone(self.subject.size) if self._transparent else layer.over(next(self._backdrop))
        colour, opacity = (_to_array(image) for image in (improved.foreground, improved.mask))
        colour = (colour + 1) * 127.5
        if self._matte:
            opacity = matte(opacity, self._outline(t))
        if not self._transparent:
            return self.viewport.paste(next(self._backdrop), t, colour, opacity)
        black = np.zeros((*self.subject.size[::-1], 3), np.uint8)
        colours = self.viewport.paste(black, t, colour, np.ones_like(opacity))
        alpha = self.viewport.paste(black, t, np.full_like(colour, 255), opacity)
        return np.concatenate([colours, alpha[..., :1]], axis=2)

    def _composite(self, t: int, decisions: Decisions, mask: FloatArray, warper: CandidateWarper) -> Layer:
        """The person of frame t at the footage's resolution."""

        def render(index: int, grid: Grid) -> Image:
            return warper.render(t, warper.steady(t), index, grid)

        outline = None
        if self._matte:
            soft = cv2.GaussianBlur(self._outline(t).astype(np.float32) / 255, (0, 0), SOFT * len(mask))
            outline = np.asarray(soft, np.float32)
        return composite(decisions, mask, render, self.viewport.boxes[t], self.subject.size, outline=outline)

    def empty(self) -> Frame:
        """The frame where no person was found; the next one has no frame before it."""
        self._previous = None
        if self._transparent:
            return np.zeros((*self.subject.size[::-1], 4), np.uint8)
        return next(self._backdrop).copy()

    def _outline(self, t: int) -> Image:
        """Where the person of frame t may be, on the canvas: (height, width), 255 there."""
        outline = person_mask(self.poses.xy[t], self.poses.skeleton.body_bones, self.subject.size)
        return self.viewport.crop(outline.astype(np.uint8) * np.uint8(255), t)

    def _plate(self, t: int) -> Tensor:
        """What frame t shows of the subject's background, (1, 3, height, width)."""
        return to_tensor(self.viewport.crop(self.subject.background, t)).to(self.device)


def matte(opacity: FloatArray, outline: Image) -> FloatArray:
    """The mask as it is used over another background than the footage's.

    Over its own background the generator may as well draw a patch of wall, which is not visible there. Over another
    one it is: so only what lies within the person's outline is kept, and what is nearly transparent is left out.

    Args:
        opacity: (height, width) in [0, 1].
        outline: (height, width), 255 where the person may be.
    """
    low, high = SOLID
    around = cv2.GaussianBlur(outline.astype(np.float32) / 255, (0, 0), SOFT * len(outline))
    kept: FloatArray = np.clip((opacity - low) / (high - low), 0, 1) * around
    return kept


def _to_array(tensor: Tensor) -> FloatArray:
    """One image of a batch, (1, C, H, W), as (H, W, C); (H, W) of one channel."""
    return tensor[0].permute(1, 2, 0).squeeze(2).float().cpu().numpy()
