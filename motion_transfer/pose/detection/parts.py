"""Hands and faces of people whose bodies are known, found at the source's full resolution."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np

from motion_transfer.pose.detection.crops import (
    SURE,
    Crop,
    Guess,
    Part,
    PartResult,
    crop_from_face,
    crop_from_forearm,
    crop_from_hand,
    crop_from_head,
    crop_from_wrist,
    refine,
)
from motion_transfer.pose.detection.detection import Detection
from motion_transfer.pose.detection.landmarks import FACE, Landmarks
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.types import FloatArray, Frame, Image

FOUND = 0.5  # a part with a lower score of its network is missing; MediaPipe's own threshold
_HOPELESS = 0.1  # from a hand with a lower score hardly ever comes a better crop
_SEEN, _HIDDEN = 0.5, 0.3  # visibility of the wrist: above, the hand should be there; below, it is only followed
_REACH = 0.4  # how far a hand's own wrist may lie from the body's, as a share of the torso
SMALL = 60  # pixels of the torso below which hands and face are often too small to be found
PATIENCE, SCAN_EVERY = 2, 3
"""A hand that was doubtful for PATIENCE frames, or a part of a small person that was lost without a trace for as long,
is located from the body in one of SCAN_EVERY frames only. After as many frames a lost hand is located in one crop a
frame, in turns, if it left no trace or the person is small."""


class Network(Protocol):
    """Finds a hand or a face in a square crop."""

    side: int  # of the crop, in pixels

    def __call__(self, crop: Image, /) -> tuple[FloatArray, float]:
        """(N, 2) places, 0 to 1 across the crop, and how sure the network is that the part is there."""


class _State(NamedTuple):
    """What is known of a hand or a face after a frame."""

    place: FloatArray  # where the body's wrist or nose was
    crop: Crop | None  # where the part was; None if it is lost
    frames: int  # for how long it has been lost, or has been found without being sure
    best_score: float  # the highest of the last frame in which its network ran, whether the part fitted or not

    @property
    def lost(self) -> bool:
        """Whether it has been lost for a while."""
        return self.crop is None and self.frames >= PATIENCE

    @property
    def due(self) -> bool:
        """Whether to locate it from the body although it is doubtful, or lost without a trace."""
        return self.frames < PATIENCE or self.frames % SCAN_EVERY == 0

    @property
    def hopeful(self) -> bool:
        """Whether to locate it although it is lost."""
        return self.due or self.best_score >= _HOPELESS


class PartFinder:
    """Finds hands and faces in the consecutive frames of one clip: hands by following them, else from the wrists.

    The networks give the 21 points of a `hand` and the 478 of a `face`.
    """

    def __init__(self, hand: Network, face: Network) -> None:
        self._hand, self._face = hand, face
        self._hands: list[_State] = []
        self._faces: list[_State] = []

    def __call__(self, frame: Frame, people: list[Landmarks]) -> list[Detection]:
        """The people in the next frame, (H, W, 3) uint8 RGB, with their hands and faces.

        The points of a hand or a face share its network's score.
        """
        hands, self._hands, faces, self._faces = self._hands, [], self._faces, []
        return [
            _joined(frame, person, self._face_of(frame, person, faces), *self._hands_of(frame, person, hands))
            for person in people
        ]

    def _hands_of(self, frame: Frame, person: Landmarks, before: list[_State]) -> tuple[Part | None, Part | None]:
        wrists = person.xy[15], person.xy[16]
        states = [_nearest(before, wrist, person.scale) for wrist in wrists]
        found = [
            self._find_hand(frame, person, is_left, state, before)
            for is_left, state in zip((True, False), states, strict=True)
        ]
        left, right = (result.part for result in found)
        if left is not None and right is not None and _same(left, right):
            if _wrist_gap(left, person, True) > _wrist_gap(right, person, False):
                left = None
            else:
                right = None
        for wrist, state, hand, result in zip(wrists, states, (left, right), found, strict=True):
            self._hands.append(_updated(state, wrist, PartResult(hand, result.best_score), crop_from_hand))
        return left, right

    def _find_hand(
        self, frame: Frame, person: Landmarks, left: bool, state: _State | None, before: list[_State]
    ) -> PartResult:
        wrist, visibility = person.xy[15 if left else 16], person.visibility[15 if left else 16]
        if not _inside(wrist, frame):
            return PartResult(None, None)
        guesses = []
        if visibility >= _HIDDEN:
            guesses.append(Guess(crop_from_wrist(person, left), least_runs=2))
        if visibility >= _SEEN:
            guesses.append(Guess(crop_from_forearm(person, left), least_runs=2, fallback=True))
        followed = state
        if state is None or state.crop is None:
            followed = _nearest([other for other in before if other.crop is not None], wrist, np.inf)
        small = person.scale < SMALL
        if state is not None and state.lost and (small or state.best_score < _HOPELESS):
            guesses = guesses[state.frames % 2 :][:1] if state.hopeful or not small else []
        elif followed is not None and followed.crop is not None:
            if followed.frames == 0 or followed.frames % SCAN_EVERY:  # else, it has been doubtful for a while
                guesses = [guess._replace(fallback=True) for guess in guesses]
            crop = followed.crop.shifted(wrist - followed.place)
            guesses.insert(0, Guess(crop, least_runs=1, enough=SURE if followed.due else FOUND))

        def fits(hand: Part) -> bool:
            size = crop_from_hand(hand.xy).side / person.scale
            sure = hand.score >= (FOUND if visibility >= _SEEN else SURE)
            return sure and _wrist_gap(hand, person, left) < _REACH and 0.15 < size < 1.2

        return refine(partial(_run, self._hand, frame), guesses, crop_from_hand, fits, hopeless=_HOPELESS)

    def _face_of(self, frame: Frame, person: Landmarks, before: list[_State]) -> Part | None:
        nose, crop = person.xy[0], crop_from_head(person)
        state = _nearest(before, nose, person.scale)
        guesses = [Guess(crop, least_runs=1), Guess(replace(crop, side=0.75 * crop.side), least_runs=1)]
        lost = state is not None and state.crop is None and not state.hopeful and person.scale < SMALL
        if lost or person.faces_away or not _inside(np.array((crop.x, crop.y)), frame) or crop.side < 1:
            guesses = []
        result = refine(
            partial(_run, self._face, frame), guesses, crop_from_face, lambda face: face.score >= FOUND, hopeless=0.0
        )
        self._faces.append(_updated(state, nose, result, lambda mesh: crop))
        return result.part and Part(result.part.xy[list(FACE)], result.part.score)


def _joined(frame: Frame, person: Landmarks, *parts: Part | None) -> Detection:
    """A body with its face, left and right hand."""
    xy, score = np.full((len(SKELETON), 2), np.nan, np.float32), np.zeros(len(SKELETON), np.float32)
    xy[SKELETON.body], score[SKELETON.body] = person.joints, person.joint_scores((frame.shape[1], frame.shape[0]))
    for joints, part in zip((SKELETON.face, SKELETON.left_hand, SKELETON.right_hand), parts, strict=True):
        if part is not None:
            xy[joints], score[joints] = part
    return Detection(xy, score, person.depth)


def _run(network: Network, frame: Frame, crop: Crop) -> Part:
    places, score = network(crop.cut(frame, network.side))
    return Part(crop.to_frame(places), score)


def _updated(
    state: _State | None, place: FloatArray, result: PartResult, crop_from: Callable[[FloatArray], Crop]
) -> _State:
    """The state of a part after a frame."""
    crop = result.part and crop_from(result.part.xy)
    if result.part is not None and result.part.score >= SURE:
        return _State(place, crop, 0, result.part.score)
    frames, best_score = 0, 0.0
    if state is not None and (state.crop is None) == (crop is None):
        frames, best_score = state.frames, state.best_score
    return _State(place, crop, frames + 1, best_score if result.best_score is None else result.best_score)


def _nearest(states: list[_State], place: FloatArray, reach: float) -> _State | None:
    """The state of the part that was nearest to a place, and nearer than `reach` pixels."""
    gaps = [float(np.linalg.norm(state.place - place)) for state in states]
    nearest = min(gaps, default=np.inf)
    return states[gaps.index(nearest)] if nearest < reach else None


def _inside(place: FloatArray, frame: Frame) -> bool:
    height, width = frame.shape[:2]
    return bool(0 <= place[0] <= width and 0 <= place[1] <= height)


def _wrist_gap(hand: Part, person: Landmarks, left: bool) -> float:
    """How far a hand's wrist lies from the body's, in torsos."""
    return float(np.linalg.norm(hand.xy[0] - person.xy[15 if left else 16])) / person.scale


def _same(one: Part, other: Part) -> bool:
    """Whether two hands are one, found twice."""
    apart = np.linalg.norm(one.xy - other.xy, axis=1).mean()
    return bool(apart < 0.15 * min(crop_from_hand(one.xy).side, crop_from_hand(other.xy).side))
