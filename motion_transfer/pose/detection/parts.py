"""Hands and face of people whose bodies are known, read at the source's full resolution."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from motion_transfer.pose.detection.crops import (
    Crop,
    crop_from_face,
    crop_from_forearm,
    crop_from_hand,
    crop_from_head,
    crop_from_wrist,
)
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.landmarks import FACE, Landmarks, body_from_landmarks, depth_from_landmarks
from motion_transfer.pose.detection.refine import SURE, Part, Search, Try, best_reading
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import FloatArray, Image

FOUND = 0.5
"""A part that its network is less sure of than this is missing; MediaPipe's own threshold."""

_HOPELESS = 0.1
"""What was read as unsurely as this in a hand's crop hardly ever gives a better crop."""

_SEEN, _HIDDEN = 0.5, 0.3
"""Visibility of the wrist: above, the hand should be there; below, it is only followed, not looked for."""

_REACH = 0.4
"""How far a hand's own wrist may lie from the body's, as a share of the torso."""

Network = Callable[[Image], tuple[FloatArray, float]]
"""From a square crop to (N, 2) places, 0 to 1 across it, and how sure the network is that the part is there."""

PATIENCE, SEARCH_EVERY = 2, 3
"""A hand that was doubtful for so many frames, or a part of a small person that was lost without a trace, is looked for
anew in every so many frames only. After as many frames a lost hand is looked for in one crop a frame, in turns, if
there is no trace of it or the person is small."""

SMALL = 60
"""Pixels of the torso below which hands and face are often too small to be read."""


@dataclass(frozen=True)
class Parts:
    """What was found of one person besides the body; None where a part was not found."""

    face: Part | None
    left_hand: Part | None
    right_hand: Part | None


class _Known(NamedTuple):
    """What is remembered of a hand or a face until the next frame."""

    place: FloatArray
    """Where the body's wrist or nose was."""
    crop: Crop | None
    """Where the part was; None if it is lost."""
    frames: int
    """For how long it has been lost, or has been read without being sure of it."""
    trace: float
    """The surest of the last readings, whether it fitted or not."""

    @property
    def lost(self) -> bool:
        """Whether it has been lost for a while."""
        return self.crop is None and self.frames >= PATIENCE

    @property
    def due(self) -> bool:
        """Whether to look for it anew although it is doubtful, or lost without a trace."""
        return self.frames < PATIENCE or self.frames % SEARCH_EVERY == 0

    @property
    def hopeful(self) -> bool:
        """Whether to look for it although it is lost."""
        return self.due or self.trace >= _HOPELESS


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
        self._hands: list[_Known] = []
        self._faces: list[_Known] = []

    def __call__(self, frame: Image, people: list[Landmarks]) -> list[Parts]:
        """The hands and faces of the people in the next frame, (H, W, 3) uint8 RGB."""
        hands, self._hands, faces, self._faces = self._hands, [], self._faces, []
        return [Parts(self._face_of(frame, person, faces), *self._hands_of(frame, person, hands)) for person in people]

    def _hands_of(self, frame: Image, person: Landmarks, before: list[_Known]) -> tuple[Part | None, Part | None]:
        wrists = person.xy[15], person.xy[16]
        known = [_nearest(before, wrist, person.scale) for wrist in wrists]
        (left, left_trace), (right, right_trace) = (
            self._find_hand(frame, person, is_left, old, before)
            for is_left, old in zip((True, False), known, strict=True)
        )
        if left is not None and right is not None and _same(left, right):
            if _off(left, person, True) > _off(right, person, False):
                left = None
            else:
                right = None
        for wrist, old, hand, trace in zip(wrists, known, (left, right), (left_trace, right_trace), strict=True):
            self._hands.append(_known(wrist, old, hand, trace, hand and crop_from_hand(hand.xy)))
        return left, right

    def _find_hand(
        self, frame: Image, person: Landmarks, left: bool, known: _Known | None, before: list[_Known]
    ) -> Search:
        wrist, visibility = person.xy[15 if left else 16], person.visibility[15 if left else 16]
        if not _inside(wrist, frame):
            return Search(None, None)
        tries = []
        if visibility >= _HIDDEN:
            tries.append(Try(crop_from_wrist(person, left), least=2))
        if visibility >= _SEEN:
            tries.append(Try(crop_from_forearm(person, left), least=2, last=True))
        followed = known if known is not None and known.crop is not None else _nearest(before, wrist, np.inf, read=True)
        small = person.scale < SMALL
        if known is not None and known.lost and (small or known.trace < _HOPELESS):
            tries = tries[known.frames % 2 :][:1] if known.hopeful or not small else []
        elif followed is not None and followed.crop is not None:
            crop = followed.crop.moved(wrist - followed.place)
            if followed.frames == 0 or followed.frames % SEARCH_EVERY:  # else, it has been doubtful for a while
                tries = [each._replace(last=True) for each in tries]
            tries.insert(0, Try(crop, least=1, enough=SURE if followed.due else FOUND))

        def fits(hand: Part) -> bool:
            size = crop_from_hand(hand.xy).side / person.scale
            sure = hand.score >= (FOUND if visibility >= _SEEN else SURE)
            return sure and _off(hand, person, left) < _REACH and 0.15 < size < 1.2

        def read(crop: Crop) -> Part:
            return _read(self._hand, frame, crop, self._hand_pixels)

        return best_reading(read, tries, crop_from_hand, fits, hopeless=_HOPELESS)

    def _face_of(self, frame: Image, person: Landmarks, before: list[_Known]) -> Part | None:
        nose, crop = person.xy[0], crop_from_head(person)
        known = _nearest(before, nose, person.scale)
        tries = [Try(crop, least=1), Try(replace(crop, side=0.75 * crop.side), least=1)]
        lost = known is not None and known.crop is None and not known.hopeful and person.scale < SMALL
        if lost or person.faces_away or not _inside(np.array((crop.x, crop.y)), frame) or crop.side < 1:
            tries = []

        def fits(face: Part) -> bool:
            return face.score >= FOUND

        def read(crop: Crop) -> Part:
            return _read(self._face, frame, crop, self._face_pixels)

        mesh, trace = best_reading(read, tries, crop_from_face, fits, hopeless=0.0)
        self._faces.append(_known(nose, known, mesh, trace, mesh and crop))
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


def _read(network: Network, frame: Image, crop: Crop, pixels: int) -> Part:
    places, score = network(crop.cut(frame, pixels))
    return Part(crop.to_frame(places), score)


def _known(place: FloatArray, old: _Known | None, part: Part | None, trace: float | None, crop: Crop | None) -> _Known:
    """What is remembered of a part after a frame; `trace` is None if it was not looked for."""
    if part is not None and part.score >= SURE:
        return _Known(place, crop, 0, part.score)
    lasting = old is not None and (old.crop is None) == (crop is None)
    before, last = (old.frames, old.trace) if old is not None and lasting else (0, 0.0)
    return _Known(place, crop, before + 1, last if trace is None else trace)


def _nearest(before: list[_Known], place: FloatArray, reach: float, *, read: bool = False) -> _Known | None:
    """What is remembered of the part, or the part that could be `read`, that was nearest to a place."""
    if read:
        before = [known for known in before if known.crop is not None]
    nearest = min(before, key=lambda known: float(np.linalg.norm(known.place - place)), default=None)
    return nearest if nearest is not None and np.linalg.norm(nearest.place - place) < reach else None


def _inside(place: FloatArray, frame: Image) -> bool:
    height, width = frame.shape[:2]
    return bool(0 <= place[0] <= width and 0 <= place[1] <= height)


def _off(hand: Part, person: Landmarks, left: bool) -> float:
    """How far a hand's wrist lies from the body's, in torsos."""
    return float(np.linalg.norm(hand.xy[0] - person.xy[15 if left else 16])) / person.scale


def _same(one: Part, other: Part) -> bool:
    """Whether two hands are the same hand, found twice."""
    apart = np.linalg.norm(one.xy - other.xy, axis=1).mean()
    return bool(apart < 0.15 * min(crop_from_hand(one.xy).side, crop_from_hand(other.xy).side))
