"""From frames to poses."""

import warnings
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.estimation.parallel import Clip, count_workers, observe_in_parallel
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.tracking.observation import Observation, Observer
from motion_transfer.pose.tracking.people import join_people, sequence
from motion_transfer.pose.tracking.plausibility import plausible_frames
from motion_transfer.pose.tracking.selection import LARGEST, check_person, choose_person
from motion_transfer.pose.tracking.similarity import MAIN
from motion_transfer.pose.tracking.tracklets import Track
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.types import Frame

STAGE = "finding poses"

CROWD = 0.8
"""Share of the counts that must give several people; of one dancer it is a quarter or half now and then."""

SEVERAL = (
    "there are several people in {name}: everybody is followed, and the largest is taken. "
    "Choose with --person; `motion-transfer pose VIDEO --person all --preview FILE` shows who has which number."
)


def estimate_poses(
    frames: Iterable[Frame],
    *,
    size: tuple[int, int],
    fps: Fraction,
    settings: PoseSettings = PoseSettings(),
    person: str = LARGEST,
    name: str = "the clip",
    progress: ProgressCallback = no_progress,
) -> PoseSequence:
    """Find one person in every frame. The result is raw: see `clean_poses`.

    Args:
        frames: (H, W, 3) uint8 RGB, the clip's consecutive frames. A `Clip`, such as a `VideoReader`, is observed by
            several processes, see `settings.workers`; other frames are read once, one at a time.
        size: (width, height) of the frames.
        fps: of the clip.
        settings: of the pose stage.
        person: who of several, see `choose_person`. For all but "largest", everybody in the clip is followed; for
            "largest" only where several people are counted, which is said in a warning.
        name: what to call the clip in an error.
        progress: called with (stage, done, total).

    Returns:
        One row for every frame.

    Raises:
        PoseError: nobody was found in any frame, there is no such person, or a frame is of another size.
        ConfigError: `person` is no choice.
    """
    check_person(person)
    if person == LARGEST and settings.backend == "holistic":
        observed = _observe(frames, Observer(settings, size, fps, several=False), name, progress)
        if not (_is_crowd(observed) and isinstance(frames, Clip)):
            return _found([_plausible(_only_track(observed), observed, size, fps)], len(observed), name)[0]
        # One detector among several people follows now one, now another, or reads two as one body.
        warnings.warn(SEVERAL.format(name=name), stacklevel=2)
    people = estimate_people(frames, size=size, fps=fps, settings=settings, name=name, progress=progress)
    return choose_person(people, person, name=name)


def _is_crowd(observed: list[Observation]) -> bool:
    """Whether several people were counted nearly every time, and more than once."""
    counts = [one.crowd for one in observed if one.crowd is not None]
    return len(counts) > 1 and sum(count > 1 for count in counts) >= CROWD * len(counts)


def _only_track(observed: list[Observation]) -> Track:
    """Where one person is looked for: whoever was found."""
    track = Track()
    for number, observation in enumerate(observed):
        for one in observation.people[:1]:
            track.add(number, 0, one.xy[MAIN])
    return track


def estimate_people(
    frames: Iterable[Frame],
    *,
    size: tuple[int, int],
    fps: Fraction,
    settings: PoseSettings = PoseSettings(),
    name: str = "the clip",
    progress: ProgressCallback = no_progress,
) -> list[PoseSequence]:
    """Find everybody in every frame; arguments and errors as of `estimate_poses`.

    Returns:
        One sequence a person, in the order of their numbers: number 1 takes up most of the clip, see `track_people`.
    """
    observed = _observe(frames, Observer(settings, size, fps, several=True), name, progress)
    tracks = join_people([one.people for one in observed], fps=fps, looks=[one.looks for one in observed])
    return _found([_plausible(track, observed, size, fps) for track in tracks], len(observed), name)


def _observe(frames: Iterable[Frame], observer: Observer, name: str, progress: ProgressCallback) -> list[Observation]:
    """One observation a frame, by several processes if that is worth it."""
    total = len(frames) if isinstance(frames, Clip) else None
    observed: list[Observation] = []
    progress(STAGE, 0, total)
    workers = count_workers(observer.settings.workers, total or 0)
    if isinstance(frames, Clip) and workers > 1:
        for observed in observe_in_parallel(frames, observer, workers):
            progress(STAGE, sum(one is not None for one in observed), total)
    else:
        for observation in observer(frames):
            observed.append(observation)
            progress(STAGE, len(observed), total)
    if not observed:
        raise PoseError(f"{name} has no frames; expected at least one. Give a clip with a picture in it.")
    return observed


def _plausible(track: Track, observed: list[Observation], size: tuple[int, int], fps: Fraction) -> PoseSequence:
    """The poses of a track without the frames that show no person, but a thing."""
    seen = list(zip(track.frames, track.places, strict=True))
    confirmed = [observed[frame].confirmed[place] for frame, place in seen]
    moved = [observed[frame].moved[place] for frame, place in seen]
    kept = plausible_frames(track.frames, track.points, confirmed, moved, fps)
    believed = Track()
    for i in np.flatnonzero(kept):
        believed.add(track.frames[i], track.places[i], track.points[i])
    return sequence(believed, [one.people for one in observed], size, fps)


def _found(people: list[PoseSequence], frames: int, name: str) -> list[PoseSequence]:
    """Those of whom anything is left."""
    found = [poses for poses in people if poses.present.any()]
    if not found:
        raise PoseError(
            f"no person found in any of {frames} frames of {name}. "
            "Give a clip in which one person is seen large, whole and well lit, or lower --pose.detection-confidence. "
            "What does not move at all counts as a thing, a photograph too; --pose.no-plausible keeps it."
        )
    return found
