"""One clip's way through the generator: the inputs of each frame, and the frame that is made of the outputs."""

from collections.abc import Iterator
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from motion_transfer.errors import PoseError
from motion_transfer.models.device import choose_device, on_device
from motion_transfer.models.generator import Generated
from motion_transfer.pose import PoseSequence
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.subject import Subject
from motion_transfer.synthesis.compositing import Decided
from motion_transfer.synthesis.renderer import Answer, Given, Renderer
from motion_transfer.types import FloatArray, Frame


class Inputs(NamedTuple):
    """What the generator is given for one frame of one clip, but the frame before: batches of one, on the device."""

    pose: Tensor  # (1, 3, height, width), the pose image in [-1, 1]
    plate: Tensor  # (1, 3, height, width), the empty background in [-1, 1]
    candidates: Tensor  # (1, k, 5, height, width), warped exemplars; k is 0 for a subject without them
    boxes: Tensor  # (1, 3, 4), of face, left and right hand on the canvas, in pixels; NaN where not visible
    move: Tensor | None  # (1, 2, 3), from the box of the frame before; None where nothing is before this frame
    motion: Tensor | None  # (1, 2, rows, columns), how the person moved since, of a subject with exemplars


class Clip:
    """A clip to be generated: its renderer, what stands behind the person, and where the networks compute.

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
        self.backdrop: Iterator[Frame | None] = repeat(None) if backdrop is None else backdrop
        self.renderer = Renderer(
            poses,
            self.viewport,
            subject.background,
            subject.pipeline.draw,
            subject.exemplars,
            subject.pipeline.model.candidates,
            other=backdrop is not None,
            transparent=transparent,
        )
        self._boxes = None
        if subject.generator.face is not None or subject.generator.hands is not None:
            self._boxes = torch.from_numpy(self.viewport.points(part_boxes(poses)).astype(np.float32))

    def warn_of_unseen(self) -> None:
        """Warn of the parts of the person that the footage does not show from where the poses show them."""
        if self.renderer.warper is not None:
            self.renderer.warper.warn_of_unseen()

    def choose_exemplars(self) -> None:
        """Choose those of every frame, steady over the clip; else the first frame to be prepared does."""
        if self.renderer.warper is not None and len(self.poses):
            self.renderer.warper.steady(0)
            self.renderer.warper.bank.clothes  # noqa: B018  # found here, and not in each of several processes

    def exemplars_shown(self) -> set[int]:
        """Those of any of the frames."""
        warper = self.renderer.warper
        return set() if warper is None else set().union(*(warper.steady(t).numbers for t in self.frames))

    def inputs(self, t: int, given: Given) -> Inputs:
        """What the generator is given for frame t, on the device."""
        pose, plate = (self._on_device(image).permute(0, 3, 1, 2).float().div_(127.5).sub_(1) for image in given[:2])
        candidates = self._on_device(given.candidates).permute(0, 1, 4, 2, 3).float().div_(255)
        boxes = torch.full((1, 3, 4), torch.nan) if self._boxes is None else self._boxes[t : t + 1]
        move, motion = (None if each is None else self._on_device(each) for each in (given.move, given.motion))
        return Inputs(pose, plate, candidates, boxes, move, motion)

    def _on_device(self, array: npt.NDArray[Any]) -> Tensor:
        """An array as a batch of one."""
        return on_device(torch.from_numpy(array)[None], self.device)


def answer_of(generated: Generated) -> Answer:
    """What the networks say of one frame, a batch of one on the CPU, as arrays."""
    colour, opacity = _to_array(generated.foreground[0].movedim(0, 2)), _to_array(generated.mask[0, 0])
    decisions = generated.decisions
    return Answer(colour, opacity, None if decisions is None else Decided(*(_to_array(each[0]) for each in decisions)))


def _to_array(tensor: Tensor) -> FloatArray:
    return np.ascontiguousarray(tensor.float().numpy())
