"""From frames to poses."""

import warnings
from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import ExitStack
from fractions import Fraction

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.estimation.observer import FIRST_COUNTS, Observer
from motion_transfer.pose.estimation.parallel import Clip, count_workers, observe_in_parallel
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.tracking.people import as_sequence, join_people
from motion_transfer.pose.tracking.plausibility import plausible_frames
from motion_transfer.pose.tracking.selection import HINT, LARGEST, check_person, choose_person
from motion_transfer.pose.tracking.tracklets import Observation, Track
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import Frame, Size

STAGE = "finding poses"
SEVERAL_COUNTS = 0.8  # share of counts that must give several people; of one dancer a quarter or half do now and then


def estimate_poses(
    frames: Iterable[Frame],
    *,
    size: Size,
    fps: Fraction,
    settings: PoseSettings = PoseSettings(),
    person: str = LARGEST,
    name: str = "the clip",
    progress: ProgressCallback = no_progress,
) -> PoseSequence:
    """Find one person in every frame. The result is raw: see `clean_poses`.

    Args:
        frames: (H, W, 3) uint8 RGB, the clip's consecutive frames. A `VideoReader` or a list is observed by several
            processes, see `settings.workers`; an iterator in this process, one frame at a time.
        size: (width, height) of the frames.
        fps: of the clip.
        settings: of the pose stage.
        person: which of several, see `choose_person`. For all but "largest", everyone in the clip is followed; for
            "largest" only if several people are counted, with a warning: in most of the clip, or in all counts at the
            beginning of an iterator, which cannot be read twice.
        name: what to call the clip in an error.
        progress: called with (stage, done, total).

    Returns:
        One row for every frame.

    Raises:
        PoseError: no person was found in any frame, `person` does not exist, or a frame is of another size.
        ConfigError: `person` is no choice.
    """
    check_person(person)
    one, everyone = (Observer(settings, size, fps, several=several) for several in (False, True))
    if person != LARGEST:
        observed = _observe(frames, everyone, progress)
    else:
        observed, several = _observe_largest(frames, one, everyone, progress)
        if not several:
            return _found([_only_track(observed)], observed, one, name)[0]
        text = f"there are several people in {name}: everyone is followed, and the largest is taken. "
        warnings.warn(f"{text}Choose with `person`; {HINT}", stacklevel=2)
    people = join_people([observation.people for observation in observed], fps)
    return choose_person(_found(people, observed, everyone, name), person, name=name)


def estimate_people(
    frames: Iterable[Frame],
    *,
    size: Size,
    fps: Fraction,
    settings: PoseSettings = PoseSettings(),
    name: str = "the clip",
    progress: ProgressCallback = no_progress,
) -> list[PoseSequence]:
    """Find everyone in every frame; arguments and errors as of `estimate_poses`.

    Returns:
        One sequence a person, in the order of their numbers: number 1 takes up most of the clip, see `track_people`.
    """
    observer = Observer(settings, size, fps, several=True)
    observed = _observe(frames, observer, progress)
    return _found(join_people([observation.people for observation in observed], fps), observed, observer, name)


def _observe(frames: Iterable[Frame], observer: Observer, progress: ProgressCallback) -> list[Observation]:
    """One observation a frame, by several processes if that is worth it."""
    total = len(frames) if isinstance(frames, Sized) else None
    workers = count_workers(observer.settings.workers, total or 0)
    frames = list(frames) if isinstance(frames, np.ndarray) else frames
    if workers > 1 and isinstance(frames, Clip | Sequence):
        return observe_in_parallel(frames, observer, workers, lambda done: progress(STAGE, done, total))
    return list(track(observer(frames), STAGE, total, progress))


def _observe_largest(
    frames: Iterable[Frame], one: Observer, everyone: Observer, progress: ProgressCallback
) -> tuple[list[Observation], bool]:
    """Observe one person, or everyone where several people are counted; and whether they are."""
    if isinstance(frames, Iterator):
        return _observe_largest_once(track(frames, STAGE, None, progress), one, everyone)
    observed = _observe(frames, one, progress)
    counts = [observation.person_count for observation in observed if observation.person_count is not None]
    several = len(counts) > 1 and sum(count > 1 for count in counts) >= SEVERAL_COUNTS * len(counts)
    return (_observe(frames, everyone, progress) if several else observed), several


def _observe_largest_once(frames: Iterator[Frame], one: Observer, everyone: Observer) -> tuple[list[Observation], bool]:
    """As `_observe_largest`, but each frame is read once, and none is kept.

    Both observers see the frames for as long as every count gives several people, at most for the first counts.
    """
    largest: list[Observation] = []
    people: list[Observation] = []
    several, counted = True, 0
    with one.open() as observe_one, ExitStack() as stack:
        observe_everyone = None
        for number, frame in enumerate(frames):
            if not several or counted < FIRST_COUNTS:
                largest.append(observe_one(number, frame))
                if (count := largest[-1].person_count) is not None:
                    several, counted = several and count > 1, counted + 1
            if several:
                observe_everyone = observe_everyone or stack.enter_context(everyone.open())
                people.append(observe_everyone(number, frame))
    return (people, True) if several and counted > 1 else (largest, False)


def _only_track(observed: list[Observation]) -> Track:
    """The track of the first person of each frame."""
    found = [(number, observation.people[0]) for number, observation in enumerate(observed) if observation.people]
    return Track([number for number, _ in found], [person for _, person in found], [1.0] * len(found))


def _found(tracks: list[Track], observed: list[Observation], observer: Observer, name: str) -> list[PoseSequence]:
    """The poses of those tracks that show a person, without the frames that show a thing; `PoseError` without any."""
    if not observed:
        raise PoseError(f"{name} has no frames; expected at least one. Give a clip with a picture in it.")
    people = []
    for one in tracks:
        kept = Track()
        for i in np.flatnonzero(plausible_frames(one, observer.fps)):
            kept.add(one.frames[i], one.people[i])
        people.append(as_sequence(kept, len(observed), observer.size, observer.fps))
    people = [poses for poses in people if poses.present.any()]
    if not people:
        if len(observed) == 1 and (observed[0].person_count or 0) > 1:
            raise PoseError(f"{name} shows several people, and none of them clearly. Give a picture of one person.")
        where = f"any of {len(observed)} frames of {name}" if len(observed) > 1 else name
        raise PoseError(
            f"no person found in {where}. Give a clip in which one person is seen "
            "large, entire and well lit, or lower `pose.detection_confidence`. What does not move at all counts as a "
            "thing, a photograph too; `pose.plausible` off keeps it."
        )
    return people
