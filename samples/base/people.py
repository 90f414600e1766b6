"""Who the base weights learn from: people drawn at random, each in three short clips, no two alike."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from samples.dancer.clip import Clip

PEOPLE = 300  # to learn from
HELD_OUT = range(100_000, 100_012)  # numbers of those who are never learned from, and judge
FRAMES = {"footage": 52, "dance": 28, "elsewhere": 36}
"""Of a person's three clips."""
BANK_OF = {"footage": "footage", "dance": "footage", "elsewhere": "elsewhere"}
"""Whose exemplars each clip is made of: a dance is made of the footage's; in another room the light is another."""
NEAR = 0.25  # share of the people who are filmed at twice the lines


@dataclass(frozen=True)
class Filmed:
    """A clip, and how hard it is compressed."""

    clip: Clip
    quality: int


def filmed(number: int) -> dict[str, Filmed]:
    """The three clips of a person: the same for the same number.

    The footage and the dance are in one room before one camera. Few frames of the footage, far apart, give many views;
    those of the dance follow each other as quickly as those of a usual video.
    """
    rng = np.random.default_rng([number, 79])
    rooms = rng.integers(0, 2**31, 2)
    clips = {}
    lines = int(rng.integers(34, 43)) * 8 * (1.4 if rng.random() < NEAR else 1)
    size = (round(lines * rng.uniform(0.7, 0.85) / 16) * 16, round(lines / 16) * 16)
    for name, frames in FRAMES.items():
        dances = name == "dance"
        fps = Fraction(25) if dances else Fraction(int(rng.integers(5, 9)))
        clip = Clip(
            character=str(number),
            choreography="dance" if dances or rng.random() < 0.3 else "footage",
            scene=str(rooms[int(name == "elsewhere")]),
            size=size,
            fps=fps,
            seconds=float(frames / fps),
            bpm=float(rng.uniform(90, 125)),
            seed=int(rng.integers(2**31)),
            begin=float(rng.uniform(2, 60)),
            detail=0.6,
        )
        clips[name] = Filmed(clip, int(rng.integers(17, 30)))
    return clips
