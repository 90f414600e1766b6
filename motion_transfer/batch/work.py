"""What one worker does: it gets tasks, keeps the subjects it used last, and says what became of each."""

import errno
import hashlib
import os
import re
import time
import warnings
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import torch

from motion_transfer.batch.job import SUBJECT_FILES, Job
from motion_transfer.batch.plan import Outcome, Task
from motion_transfer.cache import PoseCache, find_poses
from motion_transfer.config import Pipeline
from motion_transfer.errors import MotionTransferError, OutputError
from motion_transfer.files import atomic_path
from motion_transfer.pose import load_poses
from motion_transfer.subject import Subject, load_subject
from motion_transfer.transfer import transfer_dance
from motion_transfer.video import VideoReader, probe

SUBJECTS_KEPT = 4
PREVIEW_HEIGHT = 160


@dataclass(frozen=True)
class Crew:
    """The workers of a batch, and what they all need to know."""

    workers: int
    """How many tasks are done at a time."""
    threads: int
    """Of each worker."""
    cache: PoseCache
    """Where poses go from the task that finds them to the transfers."""
    device: str | None = None
    """Where the networks run; None for the fastest there is, one GPU after the other."""
    timeout: float | None = None
    """Seconds after which a task is given up."""
    previews: Path | None = None
    """Folder of a small picture of every output."""
    address: str | None = None
    """Of a Ray cluster; a local one is started without it."""
    gpus: float = 0.0
    """Share of a GPU that a Ray worker takes; 0 for none."""


class Worker:
    """Does tasks, one at a time.

    Args:
        crew: what all workers know.
        number: of this one, from 0.
    """

    def __init__(self, crew: Crew, number: int) -> None:
        torch.set_num_threads(crew.threads)
        cv2.setNumThreads(crew.threads)
        self._crew = crew
        self._device = crew.device or _own_gpu(number)
        self._subjects: OrderedDict[tuple[object, ...], Subject] = OrderedDict()

    def __call__(self, task: Task) -> Outcome:
        """Do a task. Errors become part of the outcome: one broken clip must not end the batch."""
        began = time.monotonic()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            try:
                outcome = (self._poses if task.kind == "poses" else self._transfer)(task.job)
            except MotionTransferError as error:
                cause = error.__cause__
                full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
                outcome = Outcome(f"{type(error).__name__}: {error}", stop=full and isinstance(error, OutputError))
            except Exception as error:  # also out of memory: only this clip is too large
                outcome = Outcome(f"{type(error).__name__}: {error}")
        if outcome.error is not None:
            outcome = replace(outcome, seconds={"until_failure": round(time.monotonic() - began, 2)})
        return replace(outcome, warnings=tuple(str(one.message) for one in caught if one.category is UserWarning))

    def _poses(self, job: Job) -> Outcome:
        began, missed = time.monotonic(), self._crew.cache.missed
        with VideoReader(job.source, start=job.start, end=job.end) as reader:
            find_poses(reader, _alone(job.pipeline()).pose, person=job.person, cache=self._crew.cache)
        seconds = {"poses": round(time.monotonic() - began, 2)}
        return Outcome(seconds=seconds, extracted=self._crew.cache.missed > missed)

    def _transfer(self, job: Job) -> Outcome:
        job.output.parent.mkdir(parents=True, exist_ok=True)
        _sweep(job.output)
        poses = None
        if job.poses is not None:
            clip = probe(job.source)
            poses = load_poses(job.poses, size=clip.size, fps=clip.fps, person=job.person)
        missed = self._crew.cache.missed
        done = transfer_dance(
            job.source,
            self._subject(job.subject),
            job.output,
            pipeline=_alone(job.pipeline()),
            poses=poses,
            person=job.person,
            start=job.start,
            end=job.end,
            side_by_side=job.side_by_side,
            device=self._device,
            cache=self._crew.cache,
        )
        if self._crew.previews is not None:
            write_preview(self._crew.previews, job.output, float(done.frames / done.fps))
        seconds = {"poses": round(done.seconds_pose, 2), "synthesis": round(done.seconds_synthesis, 2)}
        extracted = self._crew.cache.missed > missed
        return Outcome(seconds=seconds, frames=done.frames, missing=done.missing, extracted=extracted)

    def _subject(self, folder: Path) -> Subject:
        """A subject, one of the last used or read from its folder."""
        status = [os.stat(folder / name) for name in SUBJECT_FILES if (folder / name).exists()]
        key = (str(folder), *((one.st_size, one.st_mtime_ns) for one in status))
        if key not in self._subjects:
            self._subjects[key] = load_subject(folder)
            if len(self._subjects) > SUBJECTS_KEPT:
                self._subjects.popitem(last=False)
        self._subjects.move_to_end(key)
        return self._subjects[key]


def preview_name(output: Path) -> str:
    """The file name of an output's small picture."""
    return hashlib.sha256(str(output).encode()).hexdigest()[:20] + ".jpg"


def write_preview(folder: Path, output: Path, seconds: float) -> None:
    """Keep a small picture of an output: the frame in its middle."""
    size = probe(output).size
    small = (max(2, round(size[0] * PREVIEW_HEIGHT / size[1])), PREVIEW_HEIGHT)
    with VideoReader(output, start=seconds / 2, size=small) as reader:
        frame = next(iter(reader))
    with atomic_path(folder / preview_name(output)) as temporary:
        temporary.write_bytes(cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())


def _alone(pipeline: Pipeline) -> Pipeline:
    """With one process for poses: the clips beside this one have the other cores."""
    return replace(pipeline, pose=replace(pipeline.pose, workers=1))


def _own_gpu(number: int) -> str | None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return f"cuda:{number % count}" if count > 1 else None


def _sweep(output: Path) -> None:
    """Delete what a worker left that was killed while it wrote this output: the picture without sound, or the whole."""
    stem, suffix = re.escape(output.stem), re.escape(output.suffix)
    unfinished = re.compile(rf"\.{stem}\.\d+\.part(\.picture\.mp4|{suffix})")
    for path in output.parent.glob(".*.part*"):
        if unfinished.fullmatch(path.name):
            path.unlink(missing_ok=True)
