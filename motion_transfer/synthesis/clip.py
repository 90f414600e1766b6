"""One clip's way through the generator: the inputs of each frame, and the frame that is made of the outputs."""

from collections.abc import Iterator
from itertools import repeat
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from motion_transfer.errors import PoseError
from motion_transfer.exemplars.candidates import CHANNELS, CandidateWarper
from motion_transfer.exemplars.grid import Grid
from motion_transfer.footage.canvas import to_tensor
from motion_transfer.footage.masks import person_mask
from motion_transfer.footage.shadow import floor_places, lay_shadow, no_shadow
from motion_transfer.models.compositor import Decisions
from motion_transfer.models.device import choose_device, on_device
from motion_transfer.models.generator import Generated
from motion_transfer.pose import PoseSequence, draw_frame
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.subject import Subject
from motion_transfer.synthesis.compositing import Layer, composite
from motion_transfer.types import FloatArray, Frame, Image

SOLID = (0.2, 0.8)  # opacities that count as nothing and as everything over another background
SOFT = 1 / 48  # width of the outline's soft edge, as a share of the canvas's height


class Inputs(NamedTuple):
    """What the generator is given for one frame of one clip, but the frame before: batches of one, on the device."""

    pose: Tensor  # (1, 3, height, width), the pose image in [-1, 1]
    plate: Tensor  # (1, 3, height, width), the empty background in [-1, 1]
    candidates: Tensor  # (1, k, 5, height, width), warped exemplars; k is 0 for a subject without them
    boxes: Tensor  # (1, 3, 4), of face, left and right hand on the canvas, in pixels; NaN where not visible
    move: Tensor | None = None  # (1, 2, 3), from the box of the frame before; None where nothing is before this frame
    motion: Tensor | None = None  # (1, 2, rows, columns), how the person moved since, of a subject with exemplars


class Clip:
    """All of a clip's synthesis but the network: its frames are prepared and finished, each in their order.

    Each frame is conditioned on the one before (arXiv 1808.07371, "Temporal smoothing"). A frame without
    a person is the empty background, and the next one has no frame before it.

    Preparing and finishing a frame depend on no other one, so several may be at work at once, in threads.

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
        self.backdrop = repeat(subject.background) if backdrop is None else backdrop
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
        # On the subject's own background only: another one may have no floor there.
        self._shadow = no_shadow() if self._matte or subject.exemplars is None else subject.exemplars.shadow
        self._floor, self._floor_on_canvas = floor_places(poses), floor_places(poses, self.viewport)
        self._still = self.viewport.crop(subject.background, 0) if self.viewport.still and len(poses) else None

    def warn_of_unseen(self) -> None:
        """Warn of the parts of the person that the footage does not show from where the poses show them."""
        if self._warper is not None:
            self._warper.warn_of_unseen()

    def choose_exemplars(self) -> None:
        """Choose those of every frame, steady over the clip; else the first frame to be prepared does."""
        if self._warper is not None and len(self.poses):
            self._warper.steady(0)

    def prepare(self, t: int) -> Inputs | None:
        """What the generator needs for frame t; None where no person was found."""
        if not self._present[t]:
            return None
        subject, plate = self.subject, self._plate(t)
        image = draw_frame(self.poses, t, subject.canvas, subject.pipeline.draw, crop=self.viewport.boxes[t])
        candidates, move, motion = plate.new_zeros((1, 0, CHANNELS, *plate.shape[2:])), None, None
        if t > self.frames.start and self._present[t - 1]:
            move = self._on_device(self.viewport.move(t - 1, t))
        if self._warper is not None:
            warped = self._on_device(self._warper.warp(t, self._warper.steady(t)))
            candidates = warped.permute(0, 1, 4, 2, 3).float().div_(255)
            if move is not None:
                motion = self._on_device(self._warper.motion(t - 1, t))
        boxes = torch.full((1, 3, 4), torch.nan) if self._boxes is None else self._boxes[t : t + 1]
        return Inputs(on_device(to_tensor(image), self.device), plate, candidates, boxes, move, motion)

    def finish(self, t: int, generated: Generated | None, background: Frame) -> Frame:
        """The frame, RGB (H, W, 3) at the size of the subject's footage; RGBA if it is transparent.

        Args:
            t: which frame it is.
            generated: the generator's outputs, batches of one; None where no person was found.
            background: what stands behind the person, the next of `backdrop`.
        """
        if generated is None:
            return np.zeros((*background.shape[:2], 4), np.uint8) if self._transparent else background.copy()
        background = lay_shadow(background, self._shadow, self._floor[t])
        if self._warper is not None and generated.decisions is not None:
            layer = self._composite(t, generated.decisions, _to_array(generated.mask), self._warper)
            return layer.alone(self.subject.size) if self._transparent else layer.over(background)
        colour, opacity = (_to_array(image) for image in (generated.foreground, generated.mask))
        colour = (colour + 1) * 127.5
        if self._matte:
            opacity = matte(opacity, self._outline(t))
        if not self._transparent:
            return self.viewport.paste(background, t, colour, opacity)
        black = np.zeros_like(background)
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

    def _outline(self, t: int) -> Image:
        """Where the person of frame t may be, on the canvas: (height, width), 255 there."""
        outline = person_mask(self.poses.xy[t], self.poses.skeleton.body_bones, self.subject.size)
        return self.viewport.crop(outline.astype(np.uint8) * np.uint8(255), t)

    def _on_device(self, array: npt.NDArray[Any]) -> Tensor:
        """An array as a batch of one."""
        return on_device(torch.from_numpy(array)[None], self.device)

    def _plate(self, t: int) -> Tensor:
        """What frame t shows of the subject's background, with their shadow: (1, 3, height, width)."""
        plate = self.viewport.crop(self.subject.background, t) if self._still is None else self._still
        return on_device(to_tensor(lay_shadow(plate, self._shadow, self._floor_on_canvas[t])), self.device)


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
