"""What is compared, on whom: runs of presets; rendered people whose transfer is known, and filmed ones."""

import argparse
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from motion_transfer.errors import ConfigError
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip

TRAINED = "amara"
"""The sample subject: settings were chosen on her, so that she is no target here."""
SCENES = ("parlour", "studio", "gym", "stage", "terrace", "loft")
FOOTAGE_SEED = 1000
"""Added to the seed of the dance: the footage is another choreography with other noise."""


@dataclass(frozen=True)
class Run:
    """One preset with a share of the budget."""

    name: str
    """As a folder's name: "default-0.1"."""
    preset: str
    share: float


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
    footage: Path
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
    couples = pairwise(names[: options.pairs + 1])
    return [_pair(options, source, target, seed) for seed, (source, target) in enumerate(couples)]


def _pair(options: argparse.Namespace, source: str, target: str, seed: int) -> Pair:
    size, scenes = (options.size, options.size), [SCENES[(seed - before) % len(SCENES)] for before in (1, 0)]
    dance = Clip(source, "dance", scenes[0], size, options.fps, options.seconds, seed=seed, detail=options.detail)
    truth = replace(dance, character=target, scene=scenes[1])
    footage = replace(truth, choreography="footage", seconds=options.footage_seconds, seed=seed + FOOTAGE_SEED)
    return Pair(dance, truth, footage)
