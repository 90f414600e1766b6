"""What the base weights learn from: clips of many people, a few at a time, with exemplars that are seldom complete."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from motion_transfer.exemplars.bank_file import load_exemplars
from motion_transfer.footage.preprocess import load_footage
from motion_transfer.models.generator import Generator
from motion_transfer.training.batch import TrainingClip
from motion_transfer.training.dataset import ClipDataset, Sample
from motion_transfer.training.run.validation_sheet import ValidationSheet
from motion_transfer.training.stages import Stage
from motion_transfer.types import Frame, Mask
from samples.base.people import BANK_OF, FRAMES
from samples.base.render import CANVAS, FAILED

TOGETHER = 16  # people who are learned from in turn; the next ones are read then
VISIT = 8  # samples of each before others come
LACKING = 0.9  # share of the exemplars that a sample does without at most
COMPLETE = 0.6  # share of the samples that have all of them
TRUE_COLOURS = 0.2  # share of the samples whose colours are as rendered
JUDGED = 2  # frames of a held-out person that are shown


class PersonClips(ClipDataset):
    """A person's clip with the exemplars of the same room, of which each sample has some at random."""

    def __init__(self, stage: Stage, folder: Path, name: str, *, length: int, complete: bool = False) -> None:
        footage = load_footage(folder / name)
        bank = load_exemplars(folder / BANK_OF[name], CANVAS)
        self._own, self._complete = BANK_OF[name] == name, complete
        super().__init__(stage, footage, frames=range(len(footage.poses)), length=length, exemplars=bank)

    def __getitem__(self, sample: int | Sample) -> TrainingClip:
        """The clip in colours of its own: what decides shall not know those that people are rendered in."""
        clip = super().__getitem__(sample)
        return clip if self._complete else recolour(clip, np.random.default_rng((_draw(sample), 16)))

    def absent(self, instants: range, draw: int) -> Mask:
        """Those around the instants, where the exemplars are of this very clip, and others at random."""
        assert self.exemplars is not None
        count, random = len(self.exemplars), np.random.default_rng((draw, 12))
        absent = super().absent(instants, draw) if self._own else np.zeros(count, bool)
        if self._complete or random.random() < COMPLETE:
            return absent
        lacking = absent | (random.random(count) < random.uniform(0, LACKING))
        return absent if lacking.all() else lacking


def recolour(clip: TrainingClip, random: np.random.Generator) -> TrainingClip:
    """The clip with its colour channels exchanged and stretched at random, all its images alike."""
    if random.random() < TRUE_COLOURS:
        return clip
    channels = torch.from_numpy(random.permutation(3))
    gain = torch.from_numpy(random.uniform(0.7, 2.0) * random.uniform(0.8, 1.25, (3, 1, 1))).float()
    middle = torch.from_numpy(random.uniform(60, 195, (3, 1, 1))).float()
    offset = middle - gain * clip.plates.float().mean(dim=(0, 2, 3))[channels, None, None]

    def change(images: Tensor, opacity: Tensor | float = 1.0) -> Tensor:
        """Of images whose colours are multiplied by an opacity."""
        colours = gain * images[..., channels, :, :].float() + offset * opacity
        return colours.clamp(torch.zeros(()), torch.as_tensor(255 * opacity)).round().to(torch.uint8)

    def change_candidates(images: Tensor) -> Tensor:
        if not images.numel():  # there is no detail where the footage has the canvas's size
            return images
        colours = change(images[..., :3, :, :], images[..., 3:4, :, :] / 255)
        return torch.cat([colours, images[..., 3:, :, :]], dim=-3)

    return clip._replace(
        frames=change(clip.frames),
        plates=change(clip.plates),
        candidates=change_candidates(clip.candidates),
        detail_frame=change(clip.detail_frame),
        detail_plate=change(clip.detail_plate),
        detail_candidates=change_candidates(clip.detail_candidates),
    )


def _draw(sample: int | Sample) -> int:
    return sample.draw if isinstance(sample, Sample) else sample


class PeopleClips:
    """Samples of all people; the same number gives the same sample."""

    def __init__(self, stage: Stage, people: Sequence[Path]) -> None:
        self._stage, self._people = stage, people
        self._clips = lru_cache(maxsize=3 * (TOGETHER + 2))(self._load)

    def __len__(self) -> int:
        return VISIT * len(self._people)

    def __getitem__(self, sample: int | Sample) -> TrainingClip:
        draw = _draw(sample)
        # Those who are together come in a random order, so that steps in a row are of different people.
        round_, place = divmod(draw, TOGETHER * VISIT)
        at = np.random.default_rng((round_, 13)).permutation(TOGETHER * VISIT)[place] % TOGETHER
        lap, number = divmod(TOGETHER * round_ + int(at), len(self._people))
        person = self._people[np.random.default_rng((lap, 14)).permutation(len(self._people))[number]]
        random = np.random.default_rng((draw, 15))
        for name in random.permutation(list(FRAMES)):
            clips = self._clips(person, str(name))
            if len(clips):
                return clips[Sample(int(random.integers(len(clips))), draw)]
        return self[draw + TOGETHER * VISIT]

    def _load(self, person: Path, name: str) -> PersonClips:
        return PersonClips(self._stage, person, name, length=self._stage.pipeline.train.unroll)


class PeopleSheet:
    """Frames of people who are not learned from."""

    def __init__(self, stage: Stage, people: Sequence[Path], device: torch.device) -> None:
        clips = [PersonClips(stage, each, "dance", length=4, complete=True) for each in people]
        self._sheets = [ValidationSheet(stage, each, device, JUDGED) for each in clips]

    def draw(self, generator: Generator) -> tuple[Frame, float] | None:
        """All of them beside each other, and the mean PSNR in dB inside the person's box."""
        drawn = [each for sheet in self._sheets if (each := sheet.draw(generator)) is not None]
        if not drawn:
            return None
        images, figures = zip(*drawn, strict=True)
        return np.concatenate(images, axis=1), float(np.mean(figures))


def complete_people(folder: Path, *, held_out: range) -> tuple[list[Path], list[Path]]:
    """The rendered people in whose clips somebody was found: those to learn from, and those who judge."""
    cv2.setNumThreads(1)
    numbers = sorted(int(each.name) for each in folder.iterdir() if each.name.isdigit())
    found = [number for number in numbers if not (folder / str(number) / FAILED).exists()]
    learned, judging = ([folder / str(n) for n in found if (n in held_out) == out] for out in (False, True))
    return learned, judging
