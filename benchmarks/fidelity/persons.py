"""What is compared, on whom: runs of presets; rendered people whose transfer is known, and filmed ones."""

import argparse
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from motion_transfer.errors import ConfigError
from motion_transfer.subject import load_subject
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip

TRAINED = "amara"
"""The sample subject: settings were chosen on her, so that she is no target here."""
SCENES = ("parlour", "studio", "gym", "stage", "terrace", "loft")
FOOTAGE_SEED = 1000
"""Added to the seed of the dance: the footage is another choreography with other noise."""


@dataclass(frozen=True)
class Run:
    """One preset with a share of the budget, or a trained subject."""

    name: str
    """As a folder's name: "default-0.1"."""
    preset: str = ""
    share: float = 0.0
    subject: Path | None = None


@dataclass(frozen=True)
class Pair:
    """The three clips that are rendered."""

    dance: Clip
    """The source."""
    truth: Clip
    """The target in the very same dance, in another scene: what a perfect transfer shows."""
    footage: Clip
    """The target in another dance, in the scene of `truth`."""

    @property
    def name(self) -> str:
        """Source and target: "bruno-amara"."""
        return f"{self.dance.character}-{self.truth.character}"


@dataclass(frozen=True)
class Person:
    """A target person: filmed, who is measured on the footage's held-out end, or rendered."""

    name: str
    footage: Path | None = None
    pair: Pair | None = None


def parse_run(text: str) -> Run:
    """A run from PRESET:SHARE.

    Raises:
        ConfigError: it is something else.
    """
    found = re.fullmatch(r"(.+):(\d*\.?\d+)", text)
    if found is None or float(found[2]) == 0:
        raise ConfigError(f"`runs` is {text}; expected PRESET:SHARE, such as default:0.1.")
    return Run(f"{Path(found[1]).stem}-{float(found[2]):g}", found[1], float(found[2]))


def rendered_pairs(options: argparse.Namespace) -> list[Pair]:
    """`options.pairs` pairs, every target another one, each in a scene of its own.

    Raises:
        ConfigError: there are not so many targets.
    """
    names = [TRAINED, *(name for name in CHARACTERS if name != TRAINED)]
    if not 0 <= options.pairs < len(names):
        raise ConfigError(f"`pairs` is {options.pairs}; expected 0 to {len(names) - 1}.")
    return [
        _pair(options, source, target, SCENES[(i - 1) % len(SCENES)], SCENES[i % len(SCENES)], seed=i)
        for i, (source, target) in enumerate(pairwise(names[: options.pairs + 1]))
    ]


def given_pair(options: argparse.Namespace) -> Pair:
    """The pair that `options.pair` names; the truth has the size of a trained subject."""
    pair = _pair(options, *options.pair)
    if options.subject is None:
        return pair
    return replace(pair, truth=replace(pair.truth, size=load_subject(options.subject).size))


def _pair(options: argparse.Namespace, source: str, target: str, *scenes: str, seed: int = 0) -> Pair:
    size, detail = (options.size, options.size), options.detail
    dance = Clip(source, "dance", scenes[0], size, options.fps, options.seconds, seed=seed, detail=detail)
    truth = replace(dance, character=target, scene=scenes[1])
    footage = replace(truth, choreography="footage", seconds=options.footage_seconds, seed=seed + FOOTAGE_SEED)
    return Pair(dance, truth, footage)
