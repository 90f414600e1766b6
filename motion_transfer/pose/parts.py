"""Hands and face of people whose bodies are known, read at the source's full resolution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from motion_transfer.pose.crops import (
    Crop,
    Image,
    crop_from_face,
    crop_from_forearm,
    crop_from_hand,
    crop_from_head,
    crop_from_wrist,
)
from motion_transfer.pose.detection import Detection, Floats
from motion_transfer.pose.landmarks import FACE, Landmarks, body_from_landmarks, depth_from_landmarks
from motion_transfer.pose.skeleton import OPENPOSE_137

FOUND = 0.5
"""A part that its network is less sure of than this is missing; MediaPipe's own threshold."""

SURE = 0.8
"""A part found as surely as this is not looked for again; a hand whose wrist the body hides must be as sure."""

_HOPELESS = 0.1
"""What was read as unsurely as this in a hand's crop hardly ever gives a better crop."""

_SEEN, _HIDDEN = 0.5, 0.3
"""Visibility of the wrist: above, the hand should be there; below, it is only followed, not looked for."""

_REACH = 0.4
"""How far a hand's own wrist may lie from the body's, as a share of the torso."""

Network = Callable[[Image], tuple[Floats, float]]
"""From a square crop to (N, 2) places, 0 to 1 across it, and how sure the network is that the part is there."""

_Hands = list[tuple[Floats, Crop]]
"""The hands of a frame: where the body's wrist was, and the crop in which the hand is read in the next frame."""


class Part(NamedTuple):
    """A hand or a face: (N, 2) pixels of the frame, and how sure its network is in [0, 1]."""

    xy: Floats
    score: float


@dataclass(frozen=True)
class Parts:
    """What was found of one person besides the body; None where a part was not found."""

    face: Part | None
    left_hand: Part | None
    right_hand: Part | None


class PartFinder:
    """Finds hands and faces in the consecutive frames of one clip: hands by following them, else from the wrists.

    Args:
        hand: network that reads crops of `hand_pixels` a side and gives 21 points.
        face: network that reads crops of `face_pixels` a side and gives the 478 points of the face mesh.
        hand_pixels: side of a hand's crop.
        face_pixels: side of a face's crop.
    """

    def __init__(self, hand: Network, face: Network, *, hand_pixels: int, face_pixels: int) -> None:
        self._hand, self._face = hand, face
        self._hand_pixels, self._face_pixels = hand_pixels, face_pixels
        self._before: _Hands = []

    def __call__(self, frame: Image, people: list[Landmarks]) -> list[Parts]:
        """The hands and faces of the people in the next frame, (H, W, 3) uint8 RGB."""
        before, self._before = self._before, []
        return [self._parts(frame, person, before) for person in people]

    def _parts(self, frame: Image, person: Landmarks, before: _Hands) -> Parts:
        left, right = (self._find_hand(frame, person, is_left, before) for is_left in (True, False))
        if left is not None and right is not None and _same(left, right):
            if _off(left, person, True) > _off(right, person, False):
                left = None
            else:
                right = None
        for hand, wrist in ((left, 15), (right, 16)):
            if hand is not None:
                self._before.append((person.xy[wrist], crop_from_hand(hand.xy)))
        return Parts(self._find_face(frame, person), left, right)

    def _find_hand(self, frame: Image, person: Landmarks, left: bool, before: _Hands) -> Part | None:
        wrist, visibility = person.xy[15 if left else 16], person.visibility[15 if left else 16]
        if not _inside(wrist, frame):
            return None
        tries = []
        if before:
            old_wrist, crop = min(before, key=lambda hand: float(np.linalg.norm(hand[0] - wrist)))
            tries.append(_Try(crop.moved(wrist - old_wrist), least=1))
        if visibility >= _HIDDEN:
            tries.append(_Try(crop_from_wrist(person, left), least=2))
        if visibility >= _SEEN:
            tries.append(_Try(crop_from_forearm(person, left), least=2, last=True))

        def fits(hand: Part) -> bool:
            size = crop_from_hand(hand.xy).side / person.scale
            sure = hand.score >= (FOUND if visibility >= _SEEN else SURE)
            return sure and _off(hand, person, left) < _REACH and 0.15 < size < 1.2

        def read(crop: Crop) -> Part:
            return _read(self._hand, frame, crop, self._hand_pixels)

        return _best(read, tries, crop_from_hand, fits, hopeless=_HOPELESS)

    def _find_face(self, frame: Image, person: Landmarks) -> Part | None:
        crop = crop_from_head(person)
        if person.faces_away or not _inside(np.array((crop.x, crop.y)), frame) or crop.side < 1:
            return None
        tries = [_Try(crop, least=1), _Try(replace(crop, side=0.75 * crop.side), least=1)]

        def fits(face: Part) -> bool:
            return face.score >= FOUND

        def read(crop: Crop) -> Part:
            return _read(self._face, frame, crop, self._face_pixels)

        mesh = _best(read, tries, crop_from_face, fits, hopeless=0.0)
        return mesh and Part(mesh.xy[list(FACE)], mesh.score)


def join_parts(
    people: list[Landmarks], parts: list[Parts], masks: Sequence[Image | None], size: tuple[int, int]
) -> list[Detection]:
    """Bodies, and what was found of each besides, as detections in a frame of `size` (width, height).

    The points of a hand or a face share its network's score.
    """
    skeleton = OPENPOSE_137
    detections = []
    for person, found, mask in zip(people, parts, masks, strict=True):
        xy = np.full((len(skeleton), 2), np.nan, np.float32)
        score = np.zeros(len(skeleton), np.float32)
        xy[skeleton.body], score[skeleton.body] = body_from_landmarks(person.xy, person.visibility, size)
        for joints, part in (
            (skeleton.face, found.face),
            (skeleton.left_hand, found.left_hand),
            (skeleton.right_hand, found.right_hand),
        ):
            if part is not None:
                xy[joints], score[joints] = part
        detections.append(Detection(xy, score, depth_from_landmarks(person.z), mask))
    return detections


class _Try(NamedTuple):
    """A crop in which a part may be."""

    crop: Crop
    least: int
    """After so many readings a sure part will do; what a rough crop shows gives a better crop, to be read too."""
    last: bool = False
    """Only if nothing was found in the crops before."""


def _best(
    read: Callable[[Crop], Part],
    tries: list[_Try],
    crop_from: Callable[[Floats], Crop],
    fits: Callable[[Part], bool],
    *,
    hopeless: float,
) -> Part | None:
    """Read crops until the part is surely there, each of them at most twice.

    Args:
        read: reads a crop.
        tries: the crops.
        crop_from: the better crop, from what was read.
        fits: whether what was read can be the part at all.
        hopeless: a score below which the better crop is not read.

    Returns:
        The surest of all readings that fit.
    """
    best = None
    for crop, least, last in tries:
        if last and best is not None:
            break
        for reading in (1, 2):
            part = read(crop)
            if fits(part) and (best is None or part.score > best.score):
                best = part
            if best is not None and best.score >= SURE and reading >= least:
                return best
            if part.score < hopeless:
                break
            crop = crop_from(part.xy)
    return best


def _read(network: Network, frame: Image, crop: Crop, pixels: int) -> Part:
    places, score = network(crop.cut(frame, pixels))
    return Part(crop.to_frame(places), score)


def _inside(place: Floats, frame: Image) -> bool:
    height, width = frame.shape[:2]
    return bool(0 <= place[0] <= width and 0 <= place[1] <= height)


def _off(hand: Part, person: Landmarks, left: bool) -> float:
    """How far a hand's wrist lies from the body's, in torsos."""
    return float(np.linalg.norm(hand.xy[0] - person.xy[15 if left else 16])) / person.scale


def _same(one: Part, other: Part) -> bool:
    """Whether two hands are the same hand, found twice."""
    apart = np.linalg.norm(one.xy - other.xy, axis=1).mean()
    return bool(apart < 0.15 * min(crop_from_hand(one.xy).side, crop_from_hand(other.xy).side))
