"""The validation sheet: fixed frames that are not trained on as pose | truth | result, and their PSNR."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from motion_transfer.models.generator import Generator
from motion_transfer.training.batch import TrainingClip, to_batch
from motion_transfer.training.dataset import ClipDataset
from motion_transfer.training.stages import Stage
from motion_transfer.training.step import Unrolled
from motion_transfer.types import Boxes, Frame

COLUMNS = 6


class Sheet(Protocol):
    """What shows how well a generator does, such as a `ValidationSheet`."""

    def draw(self, generator: Generator) -> tuple[Frame, float] | None:
        """An image, RGB, and a number, the larger the better; None where there is nothing to show."""


class ValidationSheet:
    """Fixed frames of clips that are not trained on, at one stage's resolution.

    Args:
        stage: what is trained.
        clips: of some frames each, as `held_out_clips` gives them; the last one is shown.
        device: where to compute.
        columns: frames that are shown.
    """

    def __init__(self, stage: Stage, clips: ClipDataset, device: torch.device, columns: int = COLUMNS) -> None:
        self.stage = stage
        self.pipeline = stage.pipeline
        self.device = device
        self.clips = clips
        count = len(clips)
        self.shown = np.unique(np.linspace(0, count - 1, min(columns, count)).round().astype(int)).tolist()
        self.regions = clips.viewport.points(clips.footage.poses.boxes(margin=0.1)).astype(np.float32)

    def draw(self, generator: Generator) -> tuple[Frame, float] | None:
        """The sheet, RGB, and the mean PSNR in dB inside the person's box; None where no held-out frame shows a person.

        In a stage that trains parts alone, their boxes are compared: it does not change the rest of the frame.
        """
        if not self.shown:
            return None
        columns, errors = [], []
        for index in self.shown:
            clip = self.clips[index]
            result = self._generate(generator, clip)
            truth = clip.frames[-1].permute(1, 2, 0).numpy()
            pose = clip.poses[-1].permute(1, 2, 0).numpy()
            columns.append(np.concatenate([pose, truth, result]))
            boxes = self._compared(index, clip.boxes[-1].numpy())
            errors += [_error(result, truth, box) for box in boxes[~np.isnan(boxes).any(axis=1)]]
        if not errors:
            return None
        psnr = float(np.mean([10 * np.log10(255**2 / max(error, 1e-3)) for error in errors]))
        return np.concatenate(columns, axis=1), psnr

    def _compared(self, index: int, of_parts: Boxes) -> Boxes:
        """The (N, 4) boxes that are compared, of a clip's last frame; NaN where a part is not visible."""
        if self.stage.parts:
            return of_parts[[kind for kinds in self.stage.parts.values() for kind in kinds]]
        boxes: Boxes = self.regions[[self.clips.starts[index] + self.clips.length - 1]]
        return boxes

    def _generate(self, generator: Generator, clip: TrainingClip) -> Frame:
        batch = to_batch(type(clip)(*(each[None] for each in clip)), self.device)
        with torch.inference_mode():
            generated = Unrolled(generator, self.pipeline.train)(*batch.given)[-1]
            if self.stage.parts:
                last = (batch.poses[:, -1], batch.plates[:, -1], batch.boxes[:, -1])
                generated = generator.improve(generated, *last, self.pipeline.model.face_size)
        return _to_image(generated.frame)


def _to_image(frame: Tensor) -> Frame:
    image: Frame = ((frame[0].float() + 1) * 127.5).round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy()
    return image


def _error(result: Frame, truth: Frame, box: Boxes) -> float:
    """Mean squared error inside a box, as far as it lies in the frame."""
    corner = (truth.shape[1] - 1, truth.shape[0] - 1)
    left, top = np.floor(box[:2]).astype(int).clip(0, corner)
    right, bottom = np.maximum(np.ceil(box[2:]).astype(int), (left + 1, top + 1))
    difference = result[top:bottom, left:right].astype(float) - truth[top:bottom, left:right]
    return float(np.mean(difference**2))
