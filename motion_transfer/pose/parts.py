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
        wrist = person.xy[15 if left else 16]
        seen = person.visibility[15 if left else 16] >= 0.5
        if not _inside(wrist, frame):
            return None
        tries = [(crop_from_wrist(person, left), 2)]
        if before:
            old_wrist, crop = min(before, key=lambda hand: float(np.linalg.norm(hand[0] - wrist)))
            tries.insert(0, (crop.moved(wrist - old_wrist), 1))
        if seen:
            tries.append((crop_from_forearm(person, left), 2))

        def fits(hand: Part) -> bool:
            size = crop_from_hand(hand.xy).side / person.scale
            sure = hand.score >= (FOUND if seen else SURE)
            return sure and _off(hand, person, left) < _REACH and 0.15 < size < 1.2

        return _best(lambda crop: _read(self._hand, frame, crop, self._hand_pixels), tries, crop_from_hand, fits)

    def _find_face(self, frame: Image, person: Landmarks) -> Part | None:
        crop = crop_from_head(person)
        if person.faces_away or not _inside(np.array((crop.x, crop.y)), frame) or crop.side < 1:
            return None
        tries = [(crop, 1), (replace(crop, side=0.75 * crop.side), 1)]

        def fits(face: Part) -> bool:
            return face.score >= FOUND

        mesh = _best(lambda crop: _read(self._face, frame, crop, self._face_pixels), tries, crop_from_face, fits)
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


def _best(
    read: Callable[[Crop], Part],
    tries: list[tuple[Crop, int]],
    crop_from: Callable[[Floats], Crop],
    fits: Callable[[Part], bool],
) -> Part | None:
    """Read crops until the part is surely there.

    Args:
        read: reads a crop.
        tries: crops in which the part may be, and for each after how many readings a sure part will do: what
            a rough crop shows gives a better crop, and that is read too.
        crop_from: the better crop.
        fits: whether what was read can be the part at all.

    Returns:
        The surest of all readings that fit.
    """
    best = None
    for crop, least in tries:
        for reading in (1, 2):
            part = read(crop)
            if fits(part) and (best is None or part.score > best.score):
                best = part
            if best is not None and best.score >= SURE and reading >= least:
                return best
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
