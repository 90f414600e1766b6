"""What the keypoints of a pose file mean: declared by `poses_format`, else guessed by counts and places."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from motion_transfer.config.options import AUTO_FORMAT
from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.formats.people_json import Person
from motion_transfer.pose.layouts import LAYOUTS, Layout, layouts_of, skeleton_points
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Size

GAPS = "gaps"
PIXELS, SHARES = "pixels", "shares"

PARTS = {"body": ("body",), "face": ("face",), "hands": ("left_hand", "right_hand")}
"""Parts that a tool may give in pixels or in shares, each by itself."""
NEAR = 2.0  # a person whose coordinates are all smaller is given in shares of the frame; joints may lie outside it
MOST = 0.9  # of the frames must agree in that
CLEARLY = 0.6
"""So much shorter must the bones be in a layout than in the usual one with as many points: they are 0.25 to 0.5 in the
right one, and 0.9 in one as wrong."""
SAMPLE = 500  # people that are looked at to find a layout


@dataclass(frozen=True)
class PoseFormat:
    """What is known of a pose file in JSON; None is guessed."""

    layout: str | None = None  # a name in `LAYOUTS`, of the body's points
    units: Literal["pixels", "shares"] | None = None
    """What coordinates are: pixels, or shares of the frame's width and height."""
    gaps: bool = False  # whether missing files are frames without people

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read words with commas between, as in "coco_17,shares,gaps". Case and hyphens do not matter.

        Raises:
            ConfigError: another word, or two of a kind.
        """
        words = [word.strip().lower().replace("-", "_") for word in text.split(",")]
        words = [word for word in words if word and word != AUTO_FORMAT]
        layouts, units = [w for w in words if w in LAYOUTS], [w for w in words if w in (PIXELS, SHARES)]
        if len(layouts) > 1 or len(units) > 1 or len(layouts) + len(units) + words.count(GAPS) < len(words):
            raise ConfigError(
                f"`poses_format` is {text[:80]!r}; expected auto, or with commas between: one of {', '.join(LAYOUTS)}; "
                "pixels or shares; gaps, to take missing files as frames without people."
            )
        return cls(layouts[0] if layouts else None, units[0] if units else None, GAPS in words)  # type: ignore[arg-type]

    def or_else(self, layout: object, units: object) -> "PoseFormat":
        """With what a file says of itself, where nothing is declared."""
        layout = layout if isinstance(layout, str) and layout in LAYOUTS else None
        known: Literal["pixels", "shares"] | None = units if units in (PIXELS, SHARES) else None  # type: ignore[assignment]
        return PoseFormat(self.layout or layout, self.units or known, self.gaps)

    def read(self, frames: Sequence[Sequence[Person]], size: Size, name: str) -> list[list[tuple[int, Detection]]]:
        """The people of each frame with their identities, in pixels.

        Raises:
            PoseError: bodies of different counts of points; coordinates that are pixels here and shares there.
        """
        people = [person for frame in frames for person in frame]
        layout, guessed = self._layout(people, name)
        scales = {key: np.ones(2, np.float32) for keys in PARTS.values() for key in keys}
        shares = []
        for part, keys in PARTS.items():
            if self.units == SHARES or (self.units is None and _in_shares(people, keys, size, part, name)):
                scales |= dict.fromkeys(keys, np.array(size, np.float32))
                shares.append(part)
        if self.units is None and shares:
            guessed.append(f"{' and '.join(shares)} in shares of the frame")
        if guessed:
            warnings.warn(f"{name} was read as {', '.join(guessed)}; `poses_format` says otherwise.", stacklevel=2)
        return [
            [(person.identity, _detection(person, LAYOUTS[layout], scales)) for person in frame] for frame in frames
        ]

    def _layout(self, people: list[Person], name: str) -> tuple[str, list[str]]:
        """The layout of all bodies; what to warn of if it is not declared and not the usual one."""
        counts = sorted({len(person.parts["body"]) for person in people if "body" in person.parts})
        if self.layout is not None:
            if counts not in ([], [len(LAYOUTS[self.layout])]):
                found = " and ".join(map(str, counts))
                raise PoseError(
                    f"{name} has bodies of {found} points; expected {len(LAYOUTS[self.layout])}, for {self.layout} is "
                    "declared. Change `poses_format`."
                )
            return self.layout, []
        if not counts:
            return "body_25", []
        if len(counts) > 1:
            raise PoseError(
                f"{name} has bodies of {' and '.join(map(str, counts))} points; expected one layout all over the clip"
            )
        names = layouts_of(counts[0])
        sample = [person.parts["body"] for person in people if "body" in person.parts][:: len(people) // SAMPLE + 1]
        lengths = [_bone_length(np.stack(sample), LAYOUTS[name]) for name in names]
        best = int(np.argmin(lengths))
        best = best if lengths[best] < CLEARLY * lengths[0] else 0
        unusual = names[best] not in ("body_25", "coco_18")  # what OpenPose writes
        return names[best], [f"{LAYOUTS[names[best]].title} ({names[best]})"] if unusual else []


def _detection(person: Person, layout: Layout, scales: dict[str, FloatArray]) -> Detection:
    """A person in pixels."""
    parts = {part: points * np.append(scales[part], np.float32(1)) for part, points in person.parts.items()}
    points = skeleton_points(layout, parts.pop("body", np.zeros((len(layout), 3), np.float32)), **parts)
    score = np.clip(points[:, 2], 0, 1)
    xy = np.where(score[:, None] > 0, points[:, :2], np.float32(np.nan))
    depth = np.full(OPENPOSE_137.body.stop, np.nan, np.float32) if person.depth is None else person.depth
    return Detection(xy, score, depth)


def _bone_length(bodies: FloatArray, layout: Layout) -> float:
    """How long the body's bones are on average in the people's heights, if (P, N, 3) are in that layout."""
    points = skeleton_points(layout, bodies)[:, OPENPOSE_137.body]
    xy = np.where(points[..., 2:] > 0, points[..., :2], np.nan)
    extent = [np.nanmax(person, axis=0) - np.nanmin(person, axis=0) for person in xy if np.isfinite(person).any()]
    start, end = np.array(OPENPOSE_137.body_bones).T
    lengths = np.linalg.norm(xy[:, start] - xy[:, end], axis=2)
    seen = np.isfinite(lengths)
    return float(lengths[seen].mean() / max(np.mean(extent), 1e-6)) if seen.any() else np.inf


def _in_shares(people: list[Person], keys: tuple[str, ...], size: Size, part: str, name: str) -> bool:
    """Whether a part's coordinates are shares of the frame."""
    seen = list(_seen(people, keys))
    near = [float(np.abs(xy).max()) <= NEAR for xy in seen]
    if min(size) < 4 * NEAR or not seen or sum(near) <= (1 - MOST) * len(near):
        return False
    if sum(near) < MOST * len(near):
        raise PoseError(
            f"{name} has the {part} in shares of the frame in {sum(near)} places and in pixels in "
            f"{len(near) - sum(near)}; expected one of them. Declare it by `poses_format`."
        )
    if (np.concatenate(seen) < -0.05).mean(axis=0).max() > 0.2:
        raise PoseError(
            f"{name} has coordinates between -1 and 1, with the frame's middle at 0; expected pixels, or shares of the "
            "frame from 0 to 1. Run OpenPose with its keypoint_scale 0."
        )
    return True


def _seen(people: list[Person], keys: tuple[str, ...]) -> Iterator[FloatArray]:
    """(N, 2) places of each person's points, of those who have any."""
    for person in people:
        for key in keys:
            if key in person.parts and (found := person.parts[key][person.parts[key][:, 2] > 0, :2]).size:
                yield found
