"""What one worker does: it gets tasks, keeps the subjects it used last, and says what became of each job."""

import os
import shutil
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import torch

from motion_transfer.batch.job import SUBJECT_FILES, Job, digest
from motion_transfer.batch.preview import write_preview
from motion_transfer.batch.scratch import Scratch, sweep
from motion_transfer.batch.storage import Place
from motion_transfer.batch.task import Outcome, Task
from motion_transfer.batch.training_job import TrainingJob
from motion_transfer.batch.worker_settings import WorkerSettings
from motion_transfer.config import Pipeline
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.errors import DiskFullError, MotionTransferError
from motion_transfer.pose import PoseSequence, load_poses
from motion_transfer.pose_cache import find_poses
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis import synthesise_together
from motion_transfer.video import VideoReader, probe
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import TransferSession, join_parts, prepare_transfer

SUBJECTS_KEPT = 4


class Worker:
    """Does tasks, one at a time.

    Args:
        crew: what all workers know.
        number: of this one, from 0.
    """

    def __init__(self, worker_settings: WorkerSettings, number: int) -> None:
        torch.set_num_threads(worker_settings.threads)
        cv2.setNumThreads(worker_settings.threads)
        self._crew = worker_settings
        self._device = worker_settings.device or _own_gpu(number)
        self._subjects: OrderedDict[tuple[object, ...], Subject] = OrderedDict()
        self._scratch = Scratch(worker_settings.state, number)

    def __call__(self, task: Task) -> tuple[Outcome, ...]:
        """Do a task. Errors become part of the outcomes: one broken clip must not end the batch."""
        self._scratch.tidy()
        if len(task.jobs) > 1:
            with suppress(Exception):  # if one of them fails, it shows which when each goes alone
                return self._transfers(task.jobs)
        do: dict[str, Callable[[Any], Outcome]] = {
            "poses": self._poses,
            "transfer": lambda job: self._transfers([job])[0],
            "part": partial(self._part, task),
            "join": partial(self._join, task),
            "train": self._train,
        }
        return tuple(_guarded(partial(do[task.kind], job)) for job in task.jobs)

    def _poses(self, job: Job) -> Outcome:
        began, missed = time.monotonic(), self._crew.cache.missed
        with VideoReader(self._scratch.local(job.source), start=job.start, end=job.end) as reader:
            if job.poses is None:
                find_poses(reader, _alone(job.pipeline()).pose, person=job.person, cache=self._crew.cache)
            cuts = cuts_of(len(reader), reader.fps, self._crew.chunk)
        seconds = {"poses": round(time.monotonic() - began, 2)}
        return Outcome(seconds=seconds, extracted=self._crew.cache.missed > missed, cuts=cuts)

    def _transfers(self, jobs: Sequence[Any]) -> tuple[Outcome, ...]:
        """Transfers of one subject, in one batch through the generator."""
        session: list[TransferSession] = []
        extracted: list[bool] = []
        with ExitStack() as stack:
            for job in jobs:
                missed = self._crew.cache.missed
                out = stack.enter_context(self._output(job.output))
                session.append(stack.enter_context(self._begin(job, out)))
                extracted.append(self._crew.cache.missed > missed)
            began = time.monotonic()
            _generate(session)
            results = [one.result for one in session]
        each = (time.monotonic() - began) / len(jobs)
        return tuple(
            Outcome(
                seconds={"poses": round(one.seconds_pose, 2), "synthesis": round(each, 2)},
                frames=one.frames,
                missing=one.missing,
                extracted=new,
            )
            for one, new in zip(results, extracted, strict=True)
        )

    def _part(self, task: Task, job: Job) -> Outcome:
        """One part of a long clip; one that an earlier run of the batch has made is left."""
        folder = self._parts(task, job)
        for made in folder.glob(f"{task.part:05}-*.mp4"):
            return Outcome(frames=task.cuts[task.part + 1] - task.cuts[task.part], missing=int(made.stem.split("-")[1]))
        began = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)
        out = folder / f"{task.part:05}.mp4"
        sweep(out)
        with self._begin(job, out, (task.cuts[task.part], task.cuts[task.part + 1])) as session:
            _generate([session])
            done = session.result
        os.replace(out, folder / f"{out.stem}-{done.missing}.mp4")
        seconds = {"synthesis": round(time.monotonic() - began, 2)}
        return Outcome(seconds=seconds, frames=done.frames, missing=done.missing)

    def _join(self, task: Task, job: Job) -> Outcome:
        began, folder = time.monotonic(), self._parts(task, job)
        parts = sorted(folder.glob("[0-9]*-*.mp4"))
        with self._output(job.output) as out:
            settings = job.pipeline().encode
            join_parts(parts, self._scratch.local(job.source), out, start=job.start, end=job.end, settings=settings)
        shutil.rmtree(folder, ignore_errors=True)
        return Outcome(seconds={"join": round(time.monotonic() - began, 2)})

    def _train(self, training_job: TrainingJob) -> Outcome:
        footage, missed, began = self._scratch.local(training_job.source), self._crew.cache.missed, time.monotonic()
        training_job.subject.parent.mkdir(parents=True, exist_ok=True)
        subject = train(
            footage,
            training_job.subject,
            _alone(training_job.pipeline()),
            TrainOptions(person=training_job.person, device=self._device, force=training_job.force),
            poses=_given_poses(training_job, footage),
            cache=self._crew.cache,
        )
        seen = subject.record["footage"]
        return Outcome(
            seconds={"training": round(time.monotonic() - began, 2)},
            frames=seen["frames"],
            missing=seen["frames_without_person"],
            extracted=self._crew.cache.missed > missed,
        )

    @contextmanager
    def _begin(self, job: Job, out: Path, part: tuple[int, int] | None = None) -> Iterator[TransferSession]:
        source = self._scratch.local(job.source)
        with prepare_transfer(
            source,
            self._subject(job.subject),
            out,
            TransferOptions(job.person, job.start, job.end, job.side_by_side, job.background, self._device),
            pipeline=_alone(job.pipeline()),
            poses=job.poses,
            part=part,
            cache=self._crew.cache,
        ) as session:
            yield session

    @contextmanager
    def _output(self, output: Place) -> Iterator[Path]:
        """Where to write an output; when it is there, its small picture is made, and it goes to its address."""
        with self._scratch.output(output) as local:
            yield local
            write_preview(self._crew.previews, output, local)

    def _parts(self, task: Task, job: Job) -> Path:
        return self._crew.parts / digest([str(job.output), job.fingerprint(), task.cuts])

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


def cuts_of(frames: int, fps: Fraction, chunk: float | None) -> tuple[int, ...]:
    """Frames at which to cut a clip into equal parts of at most `chunk` seconds; empty where one is enough."""
    parts = -(-frames // max(1, round(chunk * fps))) if chunk else 1
    return tuple(frames * part // parts for part in range(parts + 1)) if parts > 1 else ()


def _generate(session: Sequence[TransferSession]) -> None:
    for frames in synthesise_together([one.clip for one in session]):
        for one, frame in zip(session, frames, strict=True):
            if frame is not None:
                one.write(frame)


def _guarded(do: Callable[[], Outcome]) -> Outcome:
    """What became of a job; an error is part of it, as are warnings."""
    began = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            outcome = do()
        except MotionTransferError as error:
            outcome = Outcome(f"{type(error).__name__}: {error}", stop=isinstance(error, DiskFullError))
        except Exception as error:  # also out of memory: only this clip is too large
            outcome = Outcome(f"{type(error).__name__}: {error}")
    if outcome.error is not None:
        outcome = replace(outcome, seconds={"until_failure": round(time.monotonic() - began, 2)})
    return replace(outcome, warnings=tuple(str(one.message) for one in caught if one.category is UserWarning))


def _given_poses(job: Job | TrainingJob, video: Path) -> PoseSequence | None:
    if job.poses is None:
        return None
    clip = probe(video)  # a folder from elsewhere does not say the frames' size and rate
    return load_poses(job.poses, size=clip.size, fps=clip.fps, person=job.person)


def _alone(pipeline: Pipeline) -> Pipeline:
    """With one process for poses: the clips beside this one have the other cores."""
    return replace(pipeline, pose=replace(pipeline.pose, workers=1))


def _own_gpu(number: int) -> str | None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return f"cuda:{number % count}" if count > 1 else None
