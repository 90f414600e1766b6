"""Baselines that need no network: what every result has to be better than."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import repeat

import numpy as np
import numpy.typing as npt

from motion_transfer.base import NONE
from motion_transfer.errors import CheckpointError, ConfigError
from motion_transfer.evaluation.metrics.catalogue import CANDIDATES, UNTRAINED
from motion_transfer.footage.preprocess import Footage
from motion_transfer.pose import PoseSequence
from motion_transfer.subject import Subject, build_generator
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.types import Frame


def baselines_of(
    subject: Subject, poses: PoseSequence, footage: Footage | None, known: range
) -> dict[str, Iterable[Frame]]:
    """Videos of T frames or more, each to be read once.

    Args:
        subject: its background is the first; of its exemplars, if it has any, the
            best-fitting candidates alone are another, and if it was trained from base weights that are at hand, what
            these make by themselves is the last.
        poses: normalised poses that drive the result, T frames.
        footage: the preprocessed footage, of which the frame with the nearest pose is the second, if it is given.
        known: its frames that were trained on.
    """
    videos: dict[str, Iterable[Frame]] = {"background alone": repeat(subject.background)}
    if footage is not None:
        nearest = nearest_poses(poses, footage.poses[known.start : known.stop]) + known.start
        videos["nearest pose's frame"] = map(footage.full_frame, nearest.tolist())
    if subject.exemplars is not None:
        model = subject.pipeline.model
        plain = replace(subject.pipeline, model=replace(model, base=NONE))
        videos[CANDIDATES] = synthesise(replace(subject, generator=build_generator(plain).eval()), poses)
        trained = subject.record.get("training", {}).get("steps")
        with suppress(ConfigError, CheckpointError):  # a subject works without its base weights
            if trained and model.base != NONE:
                untrained = replace(subject, generator=build_generator(subject.pipeline).eval())
                videos[UNTRAINED] = synthesise(untrained, poses)
    return videos


def nearest_poses(queries: PoseSequence, known: PoseSequence) -> npt.NDArray[np.int64]:
    """For each query, the index of the known frame whose body is closest, (T,).

    The distance is the mean over the body's joints that both have, with a missing joint counting as an
    eighth of the frame's height, so that a frame is not near only because few joints of it were detected.
    """
    body = queries.skeleton.body
    missing = queries.size[1] / 8
    nearest = np.empty(len(queries), np.int64)
    for index, pose in enumerate(queries.xy[:, body]):
        distance = np.linalg.norm(known.xy[:, body] - pose, axis=-1)
        nearest[index] = np.where(np.isnan(distance), missing, distance).mean(axis=1).argmin()
    return nearest
