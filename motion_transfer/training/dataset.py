"""Training samples: clips of consecutive frames with their pose images."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from motion_transfer.config import DrawSettings
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.warping import warp_exemplars
from motion_transfer.footage import Footage, to_canvas
from motion_transfer.pose import draw_frame, drawable
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.types import Image

APART = 0.5
"""Seconds between a frame and what is remembered for it in training."""


class TrainingClip(NamedTuple):
    """n consecutive instants, or a batch of such clips with a dimension in front."""

    poses: Tensor
    """Pose images, uint8 RGB (n, 3, H, W)."""
    frames: Tensor
    """True frames, uint8 RGB (n, 3, H, W)."""
    boxes: Tensor
    """Where face, left and right hand are, (n, 3, 4): left, top, right, bottom in pixels; NaN where not seen."""
    plates: Tensor
    """The empty background, seen through the same viewport, uint8 RGB (n, 3, H, W)."""
    moves: Tensor
    """From the pixel indices of the frame before to those of each frame, (n, 2, 3); see `Viewport.move`."""
    candidates: Tensor
    """What is remembered of the person, laid in the pose, uint8 RGBA (n, 4, H, W); (n, 0, H, W) without a memory."""


class ClipDataset(Dataset[TrainingClip]):
    """The clips of `length` frames of some footage in which the person is seen throughout.

    Frames are read and poses drawn when a clip is asked for; nothing is held in memory.

    Args:
        footage: studied footage.
        draw: how poses are drawn.
        frames: the part of the footage that is used.
        length: frames in a row, n.
        canvas: (width, height) of the images; pose images are drawn on the footage's own canvas and scaled like the
            frames, as the local enhancer scales what its global part sees.
        parts: indices into `TrainingClip.boxes`; where given, a clip must show one of these parts.
        exemplars: what is remembered of the person. A frame's collage does without itself and those around it, since
            at transfer there is no memory of the very instant.
    """

    def __init__(
        self,
        footage: Footage,
        draw: DrawSettings,
        *,
        frames: range,
        length: int,
        canvas: tuple[int, int] | None = None,
        parts: tuple[int, ...] = (),
        exemplars: ExemplarBank | None = None,
    ) -> None:
        self.footage = footage
        self.draw = draw
        self.drawn = drawable(footage.poses, draw)
        self.length = length
        self.canvas = canvas or footage.canvas
        self.viewport = replace(footage.viewport, canvas=self.canvas)
        self.boxes = self.viewport.points(part_boxes(footage.poses)).astype(np.float32)
        self._warper = None if exemplars is None else warp_exemplars(exemplars, footage.poses, footage.viewport)
        present = footage.poses.present
        shown = ~np.isnan(self.boxes[:, list(parts)]).any(axis=2).all(axis=1) if parts else present
        self.starts = [
            t
            for t in frames[: max(0, len(frames) - length + 1)]
            if present[t : t + length].all() and shown[t : t + length].any()
        ]

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, index: int) -> TrainingClip:
        start = self.starts[index]
        instants = range(start, start + self.length)
        footage = self.footage
        poses = [
            draw_frame(self.drawn, t, footage.canvas, self.draw, window=footage.viewport.boxes[t]) for t in instants
        ]
        frames, plates = [footage.frame(t) for t in instants], [footage.plate(t) for t in instants]
        drawn, filmed, empty = (self._stack(images) for images in (poses, frames, plates))
        moves = np.stack([self.viewport.move(max(t - 1, start), t) for t in instants])
        boxes = torch.from_numpy(self.boxes[start : start + self.length])
        candidates = self._candidates(instants)
        return TrainingClip(drawn, filmed, boxes, empty, torch.from_numpy(moves), candidates)

    def _candidates(self, instants: range) -> Tensor:
        if self._warper is None:
            return torch.zeros((len(instants), 0, *self.canvas[::-1]), dtype=torch.uint8)
        away = np.abs(self._warper.exemplars.instants - (instants[0] + instants[-1]) / 2)
        apart = APART * float(self.footage.poses.fps) + len(instants) / 2
        near = away < min(apart, away.max())  # of short footage the farthest is left
        return self._stack([self._warper.warp(t, near) for t in instants])

    def _stack(self, images: list[Image]) -> Tensor:
        return torch.from_numpy(np.stack([self._scale(image) for image in images])).permute(0, 3, 1, 2)

    def _scale(self, image: Image) -> Image:
        return image if self.canvas == self.footage.canvas else to_canvas(image, self.canvas)
