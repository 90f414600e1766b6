"""Anybody: people drawn at random from a seed, no two alike, in builds, looks and clothes that people have."""

import colorsys
from dataclasses import replace
from typing import Any

import numpy as np

from samples.dancer.characters import CHARACTERS, Character, Colour
from samples.dancer.fabric import ON_THE_CHEST, WOVEN
from samples.dancer.geometry import mix

# fmt: off
SKIN = np.array([(0.95, 0.80, 0.72), (0.88, 0.69, 0.57), (0.76, 0.55, 0.42), (0.58, 0.39, 0.28), (0.40, 0.26, 0.19),
                 (0.27, 0.17, 0.13)])
"""From the lightest tone to the darkest."""
HAIR = np.array([(0.03, 0.03, 0.03), (0.10, 0.07, 0.05), (0.25, 0.15, 0.09), (0.42, 0.22, 0.11), (0.50, 0.18, 0.08),
                 (0.72, 0.56, 0.33), (0.85, 0.74, 0.52)])
# fmt: on
GREY = ((0.45, 0.44, 0.43), (0.75, 0.74, 0.73))
CHILDREN = 0.08  # share of the people
IRIS = ((0.25, 0.15, 0.08), (0.20, 0.34, 0.42), (0.25, 0.42, 0.36), (0.35, 0.28, 0.12))


def find_character(name: str) -> Character:
    """A named character; for a whole number a person drawn at random, always the same."""
    return random_character(int(name)) if name.isdigit() else CHARACTERS[name]


def random_character(seed: int) -> Character:
    """Draw a person: the same for the same seed."""
    rng = np.random.default_rng([seed, 77])
    curves = 0.0 if rng.random() < 0.5 else rng.uniform(0.5, 1)
    person = Character(**_build(rng, curves), **_looks(rng, curves), **_clothes(rng, curves))
    return _child(rng, person) if rng.random() < CHILDREN else person


def _child(rng: np.random.Generator, grown: Character) -> Character:
    """The person when they were about eight."""
    return replace(
        grown,
        height=rng.uniform(1.15, 1.42),
        legs=rng.uniform(0.478, 0.500),
        shoulders=rng.uniform(0.90, 0.98),
        hips=rng.uniform(0.92, 0.98),
        head=rng.uniform(1.10, 1.18),
        curves=0.1 * grown.curves,
        belly=0.3 * grown.belly,
        beard=0.0,
        hair=grown.hair if max(grown.hair) - min(grown.hair) > 0.03 else _colour(HAIR[2]),
        hairstyle="crop" if grown.hairstyle == "bald" and grown.hat == "none" else grown.hairstyle,
    )


def _build(rng: np.random.Generator, curves: float) -> dict[str, Any]:
    girth = float(np.clip(rng.lognormal(-0.01 - 0.04 * curves, 0.12), 0.84, 1.38))
    return {
        "height": float(np.clip(rng.normal(1.77 - 0.12 * curves, 0.075), 1.46, 2.02)),
        "legs": rng.uniform(0.498, 0.530),
        "shoulders": rng.uniform(0.96, 1.12) - 0.11 * curves,
        "hips": rng.uniform(0.96, 1.06) + 0.06 * curves + 0.5 * max(girth - 1.05, 0),  # thick legs stand apart
        "girth": girth,
        "arms": rng.uniform(0.96, 1.04),
        "head": rng.uniform(1.02, 1.08),
        "curves": curves,
        "belly": rng.uniform() * float(np.clip(4 * (girth - 0.98), 0, 1)),
    }


def _looks(rng: np.random.Generator, curves: float) -> dict[str, Any]:
    skin = _along(SKIN, rng.uniform()) * rng.uniform(0.96, 1.04, 3)
    old = rng.uniform()
    hair = _along(HAIR, rng.beta(1, 1.5)) * rng.uniform(0.8, 1.1)
    if old > 0.8:
        hair = mix(np.array(GREY[0]), np.array(GREY[1]), rng.uniform())
    elif rng.random() < 0.06:
        hair = np.array(_dye(rng))
    short = ("bald", "crop", "crop", "short", "short", "short", "afro", "long", "beanie", "ponytail")
    long = ("long", "long", "wavy", "wavy", "bob", "bob", "bun", "ponytail", "ponytail", "braids", "afro", "short")
    style, hat = rng.choice(long if curves else short), "none"
    if rng.random() < 0.22 and style not in ("afro", "beanie", "bun"):
        hat = rng.choice(["cap", "brim", "brim", "scarf"] if curves else ["cap", "cap", "brim"])
        style = "bald" if hat == "scarf" else style
    red = np.array((0.62, 0.16, 0.20)) if curves and rng.random() < 0.4 else skin * (0.82, 0.52, 0.52)
    return {
        "skin": _colour(skin),
        "lips": _colour(red),
        "iris": IRIS[rng.integers(len(IRIS))],
        "hair": _colour(hair),
        "hairstyle": str(style),
        "hair_length": rng.uniform(0.7, 2.2) if style != "bob" else rng.uniform(0.6, 1.5),
        "fringe": float(rng.random() < 0.35) * rng.uniform(0.3, 1),
        "beard": 0.0 if curves or rng.random() < 0.55 else rng.uniform(0.3, 1),
        "hat": str(hat),
        "glasses": bool(rng.random() < 0.18),
    }


def _clothes(rng: np.random.Generator, curves: float) -> dict[str, Any]:
    feminine = ["dress", "dress", "skirt", "skirt", "coat", "shorts", "trousers", "trousers"]
    outfit = rng.choice(feminine if curves else ["trousers", "trousers", "trousers", "shorts", "coat"])
    over, length, bottom = 0.0, 0.93, str(outfit)
    if outfit == "dress":
        over, bottom = rng.uniform(0.28, 0.88), "none"
    elif outfit == "coat":
        over, bottom = rng.uniform(0.15, 0.62), "trousers"
    elif outfit == "skirt":
        length = rng.uniform(0.28, 0.85)
    elif outfit == "shorts":
        length = rng.uniform(0.25, 0.55)
    elif rng.random() < 0.15:
        length = rng.uniform(0.7, 0.93)
    sleeve = rng.uniform(1.6, 1.75) if outfit == "coat" else rng.choice([0.1, 0.5, 0.5, 0.75, 1.4, 1.7, 1.7])
    patterns = (
        ("plain", "plain", "plain", *ON_THE_CHEST, *WOVEN) if outfit != "coat" else ("plain", "buttons", "checks")
    )
    bare = outfit in ("dress", "skirt", "shorts")
    return {
        "top": _dye(rng),
        "accent": _dye(rng),
        "pattern": str(rng.choice(patterns)),
        "pattern_size": rng.uniform(0.5, 2),
        "sleeve": float(sleeve),
        "bottom": bottom,
        "cloth": _dye(rng),
        "weave": str(rng.choice(WOVEN[:-1])) if rng.random() < 0.25 else "plain",
        "length": length,
        "shoe": _dye(rng),
        "over": over,
        "flare": rng.uniform(0.55, 1.3) if outfit != "coat" else rng.uniform(0.6, 0.9),
        "legwear": _dye(rng) if bare and rng.random() < 0.3 else None,
        "gloves": _dye(rng) if rng.random() < 0.10 else None,
    }


def _dye(rng: np.random.Generator) -> Colour:
    """A colour of cloth: grey, black and white as often as not."""
    if rng.random() < 0.35:
        return _colour(rng.choice([0.06, 0.12, 0.3, 0.55, 0.8, 0.92]) * rng.uniform(0.93, 1.03, 3))
    return colorsys.hsv_to_rgb(*rng.uniform((0, 0.15, 0.2), (1, 0.85, 0.92)))


def _along(tones: Any, share: float) -> Any:
    """The colour at a share of the way through a row of colours."""
    return np.array([np.interp(share * (len(tones) - 1), range(len(tones)), channel) for channel in tones.T])


def _colour(values: Any) -> Colour:
    return tuple(float(v) for v in np.clip(values, 0, 1))
