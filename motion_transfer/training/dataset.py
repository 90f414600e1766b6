"""Training samples: clips of consecutive frames with their pose images, and the order in which they come."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count, groupby, islice
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from motion_transfer.errors import TrainingError
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.candidates import CHANNELS, CandidateWarper
from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.matching import Chosen
from motion_transfer.footage.preprocess import Footage, split_footage
from motion_transfer.footage.shadow import floor_places, lay_shadow
from motion_transfer.pose import draw_frame
from motion_transfer.pose.geometry.boxes import part_boxes
from motion_transfer.pose.geometry.viewport import to_canvas
from motion_transfer.training.batch import TrainingClip
from motion_transfer.training.candidates import CandidateStore
from motion_transfer.training.distributed import processes, rank
from motion_transfer.training.stages import Stage
from motion_transfer.training.state import TrainingState
from motion_transfer.types import Image, Mask, Numbers

T = TypeVar("T")

RUN_UP = 4
"""Frames that are generated for each held-out one that is shown, so that it follows generated frames, as in a video."""

APART = 0.5  # seconds between a frame and the exemplars that it may use in training
MOST_WORKERS = 16  # processes that warp candidates for a card: it is faster than one of them


class Sample(NamedTuple):
    """A clip to load."""

    clip: int  # its number
    draw: int  # the random numbers of this sample: the same wherever and whenever it is loaded


class Clips(Protocol):
    """What is trained on, such as a `ClipDataset`."""

    def __len__(self) -> int: ...

    def __getitem__(self, sample: int | Sample, /) -> TrainingClip: ...


class ClipDataset(Dataset[TrainingClip]):
    """The clips of `length` frames of some footage in which the person is seen throughout, as a stage sees them.

    Frames are read and poses drawn when a clip is requested; nothing is held in memory. Pose images are drawn on the
    footage's own canvas and scaled like the frames, as the local enhancer scales what its global part sees.

    Args:
        stage: its canvas, and how poses are drawn. Where it trains parts, a clip must show one of them.
        footage: preprocessed footage.
        frames: the part of the footage that is used.
        length: frames in a row, n.
        exemplars: of the footage. A frame's candidate leaves out itself and those around it, since at transfer there
            is no exemplar of the very instant.
        store: keeps the candidates for the next epoch.
    """

    def __init__(
        self,
        stage: Stage,
        footage: Footage,
        *,
        frames: range,
        length: int,
        exemplars: ExemplarBank | None = None,
        store: CandidateStore | None = None,
    ) -> None:
        self.footage = footage
        self.draw = stage.pipeline.draw
        self.length = length
        self.exemplars = exemplars
        self._store = store
        self.canvas = stage.canvas(footage)
        self.viewport = replace(footage.viewport, canvas=self.canvas)
        self.boxes = self.viewport.points(part_boxes(footage.poses)).astype(np.float32)
        self._warper = None
        if exemplars is not None:
            candidates = stage.pipeline.model.candidates
            self._warper = CandidateWarper(exemplars, footage.poses, footage.viewport, candidates)
        self._floor = floor_places(footage.poses)
        self._floor_on_canvas = floor_places(footage.poses, footage.viewport)
        self._scale = footage.detail_scale if self._warper and stage.pipeline.train.detail_weight else 1
        shown = present = footage.poses.present
        if stage.parts:
            parts = [box for boxes in stage.parts.values() for box in boxes]
            shown = ~np.isnan(self.boxes[:, parts]).any(axis=2).all(axis=1)
        starts = frames[: max(0, len(frames) - length + 1)]
        self.starts = [t for t in starts if present[t : t + length].all() and shown[t : t + length].any()]

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, sample: "int | Sample") -> TrainingClip:
        """The clip of a number, or of a sample, whose draw says where the detail is cropped."""
        index, draw = sample if isinstance(sample, Sample) else (sample, 0)
        start = self.starts[index]
        instants = range(start, start + self.length)
        footage = self.footage
        poses = [
            draw_frame(footage.poses, t, footage.canvas, self.draw, crop=footage.viewport.boxes[t]) for t in instants
        ]
        moves = np.stack([self.viewport.move(max(t - 1, start), t) for t in instants])
        chosen = None if self._warper is None else self._warper.choose(start, self.absent(instants, draw))
        return TrainingClip(
            poses=self._stack(poses),
            frames=self._stack([footage.frame(t) for t in instants]),
            plates=self._stack([self._shaded(footage.plate(t), self._floor_on_canvas[t]) for t in instants]),
            boxes=torch.from_numpy(self.boxes[start : start + self.length]),
            moves=torch.from_numpy(moves),
            candidates=self._candidates(instants, chosen),
            motions=self._motions(instants),
            **self._detail(instants[-1], chosen, draw),
        )

    def absent(self, instants: range, draw: int) -> Mask:
        """(K,) which exemplars a clip does without: those of its own instants, and of those around."""
        assert self.exemplars is not None
        away = np.abs(self.exemplars.instants - (instants[0] + instants[-1]) / 2)
        apart = APART * float(self.footage.poses.fps) + len(instants) / 2
        return np.asarray(away < min(apart, away.max()))  # of short footage the farthest is left

    def _candidates(self, instants: range, chosen: Chosen | None) -> Tensor:
        if self._warper is None or chosen is None:
            return torch.zeros((len(instants), 0, CHANNELS, *self.canvas[::-1]), dtype=torch.uint8)
        warp = self._warper.warp if self._store is None else partial(self._store.warp, self._warper)
        return torch.from_numpy(np.stack([warp(t, chosen) for t in instants])).permute(0, 1, 4, 2, 3)

    def _motions(self, instants: range) -> Tensor:
        if self._warper is None:
            return torch.zeros((len(instants), 2, 0, 0))
        before = [max(t - 1, instants[0]) for t in instants]
        return torch.from_numpy(np.stack([self._warper.motion(*pair) for pair in zip(before, instants, strict=True)]))

    def _detail(self, t: int, chosen: Chosen | None, draw: int) -> dict[str, Tensor]:
        """A crop of frame t at the footage's resolution, around a random place of the person."""
        scale, (width, height) = self._scale, self.canvas
        if self._warper is None or chosen is None or scale == 1:
            empty = torch.zeros((3, 0, 0), dtype=torch.uint8)
            names = ("detail_frame", "detail_plate", "detail_candidates")
            return dict.fromkeys(names, empty) | {"detail_place": torch.zeros(3, dtype=torch.int64)}
        size = np.array([width, height]) // scale
        random = np.random.default_rng((draw, t))
        left, top, right, bottom = self.viewport[t : t + 1].points(self.footage.poses.boxes()[t : t + 1])[0]
        middle = random.uniform((left, top), (right, bottom))
        x, y = np.rint(middle - size / 2).clip(0, self.canvas - size).astype(int).tolist()
        grid = Grid((scale * int(size[0]), scale * int(size[1])), (scale, scale), (scale * x, scale * y))
        rendered = list(map(self._warper.renderer(t, chosen, grid), range(self._warper.count)))
        full = (scale * width, scale * height)
        crop = slice(scale * y, scale * y + grid.size[1]), slice(scale * x, scale * x + grid.size[0])
        plate = self._shaded(self.footage.full_plate(t), self._floor[t])
        frame, plate = self.footage.detail(t), self.footage.viewport.cut(plate, t)
        return {
            "detail_frame": torch.from_numpy(to_canvas(frame, full)[crop]).permute(2, 0, 1),
            "detail_plate": torch.from_numpy(to_canvas(plate, full)[crop]).permute(2, 0, 1),
            "detail_candidates": torch.from_numpy(np.stack(rendered)).permute(0, 3, 1, 2),
            "detail_place": torch.tensor([x, y, scale]),
        }

    def _shaded(self, plate: Image, place: Numbers) -> Image:
        """A background with the shadow of the person who stands there."""
        return plate if self.exemplars is None else lay_shadow(plate, self.exemplars.shadow, place)

    def _stack(self, images: list[Image]) -> Tensor:
        if self.canvas != self.footage.canvas:
            images = [to_canvas(image, self.canvas) for image in images]
        return torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2)


def training_clips(
    stage: Stage, footage: Footage, exemplars: ExemplarBank | None, store: CandidateStore | None = None
) -> ClipDataset:
    """The clips that a stage trains on.

    Raises:
        TrainingError: the footage shows too little for the pipeline's unroll, or none of the stage's parts.
    """
    train = stage.pipeline.train
    known, _ = split_footage(len(footage.poses), train.held_out)
    clips = ClipDataset(stage, footage, frames=known, length=train.unroll, exemplars=exemplars, store=store)
    if len(clips):
        return clips
    if stage.parts:
        raise TrainingError(
            f"no {' and no '.join(stage.parts)} can be seen in the footage, so there is nothing to learn for the face "
            "stage. Disable it (`model.face`, `model.hands` and the bounds of `train_face`), or record from nearer."
        )
    frames = {1: "no frame", 2: "no two consecutive frames"}.get(clips.length, f"no {clips.length} consecutive frames")
    present = footage.poses.present[known.start : known.stop]
    longest = max((len(list(run)) for shown, run in groupby(present) if shown), default=0)
    hint = f"The longest clip has {longest}: try a `train.unroll` of {longest}. " if longest > 1 else ""
    raise TrainingError(
        f"{frames} of the footage show{'s' if clips.length == 1 else ''} a person, so there is nothing to learn from. "
        f"{hint}Check it with `motion-transfer pose FOOTAGE`."
    )


def held_out_clips(
    stage: Stage, footage: Footage, exemplars: ExemplarBank | None, store: CandidateStore | None = None
) -> ClipDataset:
    """Clips of the held-out end of the footage, of which the last frames are shown."""
    _, unseen = split_footage(len(footage.poses), stage.pipeline.train.held_out)
    length = min(RUN_UP if stage.pipeline.model.temporal else 1, len(unseen))
    return ClipDataset(stage, footage, frames=unseen, length=length, exemplars=exemplars, store=store)


def load(clips: Clips, state: TrainingState) -> "DataLoader[TrainingClip]":
    """Endless batches for this process, from where the state has come to."""
    settings = state.stage.pipeline.train
    order = sample_order(len(clips), settings.seed, state.samples)
    automatic = 0 if state.device.type == "cpu" else min(MOST_WORKERS, torch.get_num_threads())
    workers = automatic if settings.workers < 0 else settings.workers
    if workers and isinstance(clips, ClipDataset) and clips.exemplars is not None:
        clips.exemplars.label_all()  # once for all processes
    return DataLoader(
        clips,  # type: ignore[arg-type]  # a length and items are all that is asked of it
        batch_sampler=batch_order(map(Sample, order, count(state.samples)), state.batch, rank(), processes()),
        num_workers=workers,
        pin_memory=state.device.type == "cuda",
        generator=torch.Generator(),  # else each resumption would draw from the run's own random numbers
    )


def sample_order(length: int, seed: int, start: int) -> Iterator[int]:
    """Endless epochs of `length` samples, each a permutation that depends only on the seed and the epoch's number.

    The order after a resumption is therefore what it would have been: `start` is how many samples were drawn before.
    """
    epoch, offset = divmod(start, length)
    while True:
        generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
        yield from torch.randperm(length, generator=generator)[offset:].tolist()
        epoch, offset = epoch + 1, 0


def batch_order(samples: Iterator[T], batch: int, rank: int = 0, processes: int = 1) -> Iterator[list[T]]:
    """The order cut into batches, of which each process takes its own part.

    Several processes with `batch` samples each see together what one process with the batch so many times larger sees.
    """
    while True:
        together = list(islice(samples, batch * processes))
        yield together[rank * batch : (rank + 1) * batch]
