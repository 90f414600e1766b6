"""Rotated square crops in which networks find hands and faces, and their refinement.

The proportions are those of MediaPipe's own graphs (Zhang et al., "MediaPipe Hands", arXiv 2006.10214, section 2;
Kartynnik et al., arXiv 1907.06724, section 3): the networks were trained on crops of this kind.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.pose.detection.landmarks import Landmarks
from motion_transfer.types import FloatArray, Image

SURE = 0.8  # a part found with this score needs no further crop; a hand whose wrist the body hides must reach it


@dataclass(frozen=True)
class Crop:
    """A rotated square of the frame, in pixels."""

    x: float  # of its middle
    y: float
    side: float
    angle: float  # radians by which its upper side is turned clockwise from the frame's

    def cut(self, frame: Image, pixels: int) -> Image:
        """The crop's content as (pixels, pixels, 3) uint8; black beyond the frame."""
        corners = np.array([(0, 0), (1, 0), (0, 1)], np.float32)
        there, here = self.to_frame(corners) - np.float32(0.5), corners * pixels - np.float32(0.5)
        to_crop = cv2.getAffineTransform(there, here)
        return np.asarray(cv2.warpAffine(frame, to_crop, (pixels, pixels), flags=cv2.INTER_LINEAR), np.uint8)

    def to_frame(self, places: FloatArray) -> FloatArray:
        """(N, 2) places, 0 to 1 across the crop, in pixels of the frame."""
        return ((places - 0.5) * self.side @ _rotation(self.angle).T + (self.x, self.y)).astype(np.float32)

    def shifted(self, by: FloatArray) -> "Crop":
        """The crop `by` (x, y) pixels further on."""
        return replace(self, x=self.x + float(by[0]), y=self.y + float(by[1]))


def _rotation(angle: float) -> npt.NDArray[np.float64]:
    """The matrix that rotates clockwise in a picture, whose y points down."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _angle_up(up: FloatArray) -> float:
    """The angle of a crop in which a direction of the frame points up."""
    return float(np.arctan2(up[0], -up[1]))


def _around(points: FloatArray, angle: float, scale: float, raise_by: float = 0.0) -> Crop:
    """The rotated square `scale` times as large as the points, its middle raised by a share of their height."""
    turned = points @ _rotation(angle)
    low, high = turned.min(axis=0), turned.max(axis=0)
    middle = (low + high) / 2 - (0, raise_by * (high[1] - low[1]))
    x, y = _rotation(angle) @ middle
    return Crop(float(x), float(y), float((high - low).max()) * scale, angle)


_PALM = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]


def crop_from_hand(hand: FloatArray) -> Crop:
    """The best crop for a hand whose (21, 2) points are known."""
    fingers = (hand[6] + hand[14]) / 4 + hand[10] / 2
    return _around(hand[_PALM], _angle_up(fingers - hand[0]), 2.0, 0.1)


def crop_from_face(mesh: FloatArray) -> Crop:
    """The best crop for a face whose (478, 2) points of the mesh are known."""
    across = mesh[263] - mesh[33]  # from the right eye's outer corner to the left one's
    return _around(mesh, float(np.arctan2(across[1], across[0])), 1.5)


def crop_from_wrist(person: Landmarks, left: bool) -> Crop:
    """The crop for a hand of which only the body is known: at the knuckles, which the body's network gives too."""
    wrist, little, index = (person.xy[i] for i in ((15, 17, 19) if left else (16, 18, 20)))
    palm = (2 * index + little) / 3 - wrist
    side = np.clip(4.3 * np.linalg.norm(palm), 0.5 * person.scale, 1.0 * person.scale)
    x, y = wrist + 1.2 * palm
    return Crop(float(x), float(y), float(side), _angle_up(palm))


def crop_from_forearm(person: Landmarks, left: bool) -> Crop:
    """Another crop for a hand of which only the body is known: in line with the forearm."""
    elbow, wrist = person.xy[13 if left else 14], person.xy[15 if left else 16]
    arm = wrist - elbow
    x, y = wrist + arm * (0.18 * person.scale / max(float(np.linalg.norm(arm)), 1.0))
    return Crop(float(x), float(y), 0.6 * person.scale, _angle_up(arm))


def crop_from_head(person: Landmarks) -> Crop:
    """The crop for the face of a body."""
    eyes, mouth = person.xy[1:7].mean(axis=0), person.xy[9:11].mean(axis=0)
    x, y = (eyes + mouth) / 2
    across = person.xy[2] - person.xy[5]
    side = max(4.0 * np.linalg.norm(eyes - mouth), 1.9 * np.linalg.norm(person.xy[7] - person.xy[8]))
    return Crop(float(x), float(y), float(side), float(np.arctan2(across[1], across[0])))


class Part(NamedTuple):
    """A hand or a face."""

    xy: FloatArray  # (N, 2) pixels of the frame
    score: float  # how sure its network is, in [0, 1]


class PartResult(NamedTuple):
    """What refinement found."""

    part: Part | None  # with the highest score of those that fit
    best_score: float | None  # of all, whether they fitted or not; None if the network did not run


class Guess(NamedTuple):
    """A crop that may show a part."""

    crop: Crop
    least_runs: int  # before a sure part is accepted: 2 for a rough crop, whose result gives a better crop
    enough: float = SURE  # the score from which on a part is sure
    fallback: bool = False  # only if nothing was found in the crops before


def refine(
    run: Callable[[Crop], Part],
    guesses: Sequence[Guess],
    crop_from: Callable[[FloatArray], Crop],
    fits: Callable[[Part], bool],
    *,
    hopeless: float,
) -> PartResult:
    """Run a network on crops until the part is surely found, at most twice for each guess, the most likely one first.

    `crop_from` gives the better crop from what was found, `fits` tells whether that can be the part at all. Where the
    score is lower than `hopeless` the better crop is not used.
    """
    best, best_score = None, None
    for crop, least_runs, enough, fallback in guesses:
        if fallback and best is not None:
            break
        for runs in (1, 2):
            part = run(crop)
            best_score = max(best_score or 0.0, part.score)
            if fits(part) and (best is None or part.score > best.score):
                best = part
            if best is not None and best.score >= enough and runs >= least_runs:
                return PartResult(best, best_score)
            if part.score < hopeless:
                break
            crop = crop_from(part.xy)
    return PartResult(best, best_score)
