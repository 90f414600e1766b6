"""Training samples: clips of consecutive frames with their pose images, and the order in which they come."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from motion_transfer.config import DrawSettings, Pipeline
from motion_transfer.errors import TrainingError
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.warping import warp_exemplars
from motion_transfer.footage.preprocess import Footage, split_footage
from motion_transfer.pose import draw_frame, drawable
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.pose.geometry.viewport import to_canvas
from motion_transfer.training.candidates import CandidateStore
from motion_transfer.training.distributed import processes, rank
from motion_transfer.training.sampler import BatchOrder, SampleOrder
from motion_transfer.training.stages import Stage
from motion_transfer.training.state import TrainingState
from motion_transfer.types import Image, Mask

APART = 0.5
"""Seconds between a frame and the exemplars that it may use in training."""


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
    """Exemplars warped into the pose, uint8 RGBA (n, 4, H, W); (n, 0, H, W) without exemplars."""


class ClipDataset(Dataset[TrainingClip]):
    """The clips of `length` frames of some footage in which the person is seen throughout.

    Frames are read and poses drawn when a clip is requested; nothing is held in memory.

    Args:
        footage: preprocessed footage.
        draw: how poses are drawn.
        frames: the part of the footage that is used.
        length: frames in a row, n.
        canvas: (width, height) of the images; pose images are drawn on the footage's own canvas and scaled like the
            frames, as the local enhancer scales what its global part sees.
        parts: indices into `TrainingClip.boxes`; where given, a clip must show one of these parts.
        exemplars: of the footage. A frame's candidate leaves out itself and those around it, since at transfer there
            is no exemplar of the very instant.
        store: keeps the candidates for the next epoch.
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
        store: CandidateStore | None = None,
    ) -> None:
        self.footage = footage
        self.draw = draw
        self.drawn = drawable(footage.poses, draw)
        self.length = length
        self._store = store
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
        poses = [draw_frame(self.drawn, t, footage.canvas, self.draw, crop=footage.viewport.boxes[t]) for t in instants]
        frames, plates = [footage.frame(t) for t in instants], [footage.plate(t) for t in instants]
        drawn, true, empty = (self._stack(images) for images in (poses, frames, plates))
        moves = np.stack([self.viewport.move(max(t - 1, start), t) for t in instants])
        boxes = torch.from_numpy(self.boxes[start : start + self.length])
        candidates = self._candidates(instants)
        return TrainingClip(drawn, true, boxes, empty, torch.from_numpy(moves), candidates)

    def _candidates(self, instants: range) -> Tensor:
        if self._warper is None:
            return torch.zeros((len(instants), 0, *self.canvas[::-1]), dtype=torch.uint8)
        away = np.abs(self._warper.exemplars.instants - (instants[0] + instants[-1]) / 2)
        apart = APART * float(self.footage.poses.fps) + len(instants) / 2
        near = away < min(apart, away.max())  # of short footage the farthest is left
        if self._store is None:
            return self._stack([self._warper.warp(t, near) for t in instants])
        return self._stack([self._store.warp(self._warper, t, near) for t in instants])

    def _stack(self, images: list[Image]) -> Tensor:
        return torch.from_numpy(np.stack([self._scale(image) for image in images])).permute(0, 3, 1, 2)

    def _scale(self, image: Image) -> Image:
        return image if self.canvas == self.footage.canvas else to_canvas(image, self.canvas)


def training_clips(
    stage: Stage,
    footage: Footage,
    pipeline: Pipeline,
    exemplars: ExemplarBank | None,
    store: CandidateStore | None = None,
) -> ClipDataset:
    """The clips that a stage trains on.

    Raises:
        TrainingError: the footage shows too little for the pipeline's unroll, or none of the stage's parts.
    """
    known, _ = split_footage(len(footage.poses), pipeline.train.held_out)
    clips = stage_clips(stage, footage, pipeline, known, pipeline.train.unroll, exemplars, store)
    if len(clips):
        return clips
    if stage.parts:
        raise TrainingError(
            f"no {' and no '.join(stage.parts)} can be seen in the footage, so there is nothing to learn for the face "
            "stage. Disable it (`model.face`, `model.hands` and the bounds of `train_face`), or record from nearer."
        )
    frames = {1: "no frame", 2: "no two consecutive frames"}.get(clips.length, f"no {clips.length} consecutive frames")
    found = _longest_clip(footage.poses.present[known.start : known.stop])
    hint = f"The longest clip has {found}: try a `train.unroll` of {found}. " if found > 1 else ""
    raise TrainingError(
        f"{frames} of the footage show{'s' if clips.length == 1 else ''} a person, so there is nothing to learn from. "
        f"{hint}Check it with `motion-transfer pose FOOTAGE`."
    )


def stage_clips(
    stage: Stage,
    footage: Footage,
    pipeline: Pipeline,
    frames: range,
    length: int,
    exemplars: ExemplarBank | None,
    store: CandidateStore | None = None,
) -> ClipDataset:
    """Clips of some frames of the footage, as a stage sees them."""
    return ClipDataset(
        footage,
        pipeline.draw,
        frames=frames,
        length=length,
        canvas=stage.canvas(footage),
        parts=tuple(box for boxes in stage.parts.values() for box in boxes),
        exemplars=exemplars,
        store=store,
    )


def load(clips: ClipDataset, state: TrainingState, pipeline: Pipeline) -> "DataLoader[TrainingClip]":
    """Endless batches for this process, from where the state has come to."""
    settings = pipeline.train
    order = SampleOrder(len(clips), seed=settings.seed, start=state.samples)
    automatic = 0 if state.device.type == "cpu" else min(8, torch.get_num_threads())
    return DataLoader(
        clips,
        batch_sampler=BatchOrder(order, batch=state.batch, rank=rank(), processes=processes()),
        num_workers=automatic if settings.workers < 0 else settings.workers,
        pin_memory=state.device.type == "cuda",
        generator=torch.Generator(),  # else each resumption would draw from the run's own random numbers
    )


def _longest_clip(present: Mask) -> int:
    """How many frames in a row show the person at most."""
    longest = current = 0
    for shown in present:
        current = current + 1 if shown else 0
        longest = max(longest, current)
    return longest
