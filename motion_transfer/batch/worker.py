"""One worker of a batch: it does tasks, keeps the subjects it used last, and reports what became of each job."""

import os
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import torch

from motion_transfer.batch.job import SUBJECT_FILES, Job, TrainingJob
from motion_transfer.batch.report import write_preview
from motion_transfer.batch.storage import Location, Scratch, digest
from motion_transfer.batch.task import Outcome, Task, WorkerSettings
from motion_transfer.config import Pipeline
from motion_transfer.files import is_disk_full
from motion_transfer.pose_cache import find_poses, given_poses
from motion_transfer.progress import recorded_warnings
from motion_transfer.subject import Subject, load_subject
from motion_transfer.synthesis.frames import synthesise_together
from motion_transfer.unfinished import sweep
from motion_transfer.video import VideoReader, join_videos
from motion_transfer.workflows.marks import mark_transfer
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import TransferSession, prepare_transfer

SUBJECTS_KEPT = 4


class Worker:
    """Does tasks, one at a time; the first worker has the number 0."""

    def __init__(self, settings: WorkerSettings, number: int) -> None:
        torch.set_num_threads(settings.threads)
        cv2.setNumThreads(settings.threads)
        self._settings = settings
        self._cache = settings.cache
        self._device = settings.options.device or _own_gpu(number)
        self._subjects: OrderedDict[tuple[object, ...], Subject] = OrderedDict()
        self._scratch = Scratch(settings.state, number)

    def __call__(self, task: Task) -> tuple[Outcome, ...]:
        """Do a task. Errors become part of the outcomes: one broken clip must not end the batch."""
        self._scratch.tidy()
        if len(task.jobs) > 1:
            with suppress(Exception):  # if one of them fails, it shows which when each is done alone
                return self._transfer(task.jobs)
        do: dict[str, Callable[[Any], Outcome]] = {
            "poses": self._find_poses,
            "transfer": lambda job: self._transfer([job])[0],
            "part": partial(self._make_part, task),
            "join": partial(self._join, task),
            "train": self._train,
        }
        return tuple(_guarded(partial(do[task.kind], job)) for job in task.jobs)

    def _find_poses(self, job: Job) -> Outcome:
        began, missed, options = time.monotonic(), self._cache.missed, job.options
        with VideoReader(self._scratch.local(job.source), start=options.start, end=options.end) as reader:
            if job.poses is None:
                find_poses(reader, _alone(job.load_pipeline()).pose, person=options.person, cache=self._cache)
            cuts = cuts_of(len(reader), reader.fps, self._settings.options.chunk)
        return Outcome(seconds=_since("poses", began), extracted=self._cache.missed > missed, cuts=cuts)

    def _transfer(self, jobs: Sequence[Any]) -> tuple[Outcome, ...]:
        """Transfers of one subject, in one batch through the generator."""
        sessions: list[TransferSession] = []
        prepared: list[Outcome] = []
        with ExitStack() as stack:
            for job in jobs:
                missed = self._cache.missed
                with recorded_warnings() as recorded:
                    out = stack.enter_context(self._output(job.output))
                    sessions.append(stack.enter_context(self._prepare(job, out)))
                prepared.append(Outcome(extracted=self._cache.missed > missed, warnings=tuple(recorded)))
            began = time.monotonic()
            _generate(sessions)
            results = [session.result for session in sessions]
        each = round((time.monotonic() - began) / len(jobs), 2)
        return tuple(
            replace(
                outcome,
                seconds={"poses": round(result.seconds_pose, 2), "synthesis": each},
                frames=result.frames,
                missing=result.missing,
            )
            for outcome, result in zip(prepared, results, strict=True)
        )

    def _make_part(self, task: Task, job: Job) -> Outcome:
        """One part of a long clip; one that an earlier run of the batch has made is kept."""
        folder, part = self._parts(task, job), (task.cuts[task.part], task.cuts[task.part + 1])
        for made in folder.glob(f"{task.part:05}-*.mp4"):
            return Outcome(frames=part[1] - part[0], missing=int(made.stem.split("-")[1]))
        began = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)
        out = folder / f"{task.part:05}.mp4"
        sweep(out, every=True)
        with self._prepare(job, out, part) as session:
            _generate([session])
            result = session.result
        os.replace(out, folder / f"{out.stem}-{result.missing}.mp4")
        return Outcome(seconds=_since("synthesis", began), frames=result.frames, missing=result.missing)

    def _join(self, task: Task, job: Job) -> Outcome:
        began, folder, options = time.monotonic(), self._parts(task, job), job.options
        dance = VideoReader(self._scratch.local(job.source), start=options.start, end=options.end)
        sound = dance.info if job.load_pipeline().encode.audio == "source" else None
        marks = mark_transfer(self._subject(job.subject), dance.path, options)
        with self._output(job.output) as out:
            parts = sorted(folder.glob("[0-9]*-*.mp4"))
            join_videos(parts, out, fps=dance.fps, sound=sound, begin=dance.start, end=dance.end, marks=marks)
        shutil.rmtree(folder, ignore_errors=True)
        return Outcome(seconds=_since("join", began))

    def _train(self, job: TrainingJob) -> Outcome:
        footage, missed, began = self._scratch.local(job.source), self._cache.missed, time.monotonic()
        poses = given_poses(job.poses, job.options.poses_format, footage, job.options.person)
        job.subject.parent.mkdir(parents=True, exist_ok=True)
        subject = train(
            footage,
            job.subject,
            _alone(job.load_pipeline()),
            replace(job.options, device=job.options.device or self._device),
            poses=poses,
            cache=self._cache,
        )
        record = subject.record["footage"]
        return Outcome(
            seconds=_since("training", began),
            frames=record["frames"],
            missing=record["frames_without_person"],
            extracted=self._cache.missed > missed,
        )

    def _prepare(
        self, job: Job, out: Path, part: tuple[int, int] | None = None
    ) -> AbstractContextManager[TransferSession]:
        return prepare_transfer(
            self._scratch.local(job.source),
            self._subject(job.subject),
            out,
            replace(job.options, device=job.options.device or self._device),
            pipeline=_alone(job.load_pipeline()),
            poses=job.poses,
            part=part,
            cache=self._cache,
        )

    @contextmanager
    def _output(self, output: Location) -> Iterator[Path]:
        """Give a path to write an output to; then its preview is made, and it goes to its address."""
        with self._scratch.output(output) as local:
            yield local
            write_preview(self._settings.previews, output, local)

    def _parts(self, task: Task, job: Job) -> Path:
        return self._settings.parts / digest([job.output, job.fingerprint(), task.cuts])

    def _subject(self, folder: Path) -> Subject:
        """A subject, one of the last used or loaded from its folder."""
        files = [os.stat(folder / name) for name in SUBJECT_FILES if (folder / name).exists()]
        key = (str(folder), *((file.st_size, file.st_mtime_ns) for file in files))
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


def _generate(sessions: Sequence[TransferSession]) -> None:
    for frames in synthesise_together([session.clip for session in sessions]):
        for session, frame in zip(sessions, frames, strict=True):
            if frame is not None:
                session.write(frame)


def _guarded(do: Callable[[], Outcome]) -> Outcome:
    """What became of a job; an error is part of it, as are warnings."""
    began = time.monotonic()
    with recorded_warnings() as recorded:
        try:
            outcome = do()
        except Exception as error:  # also out of memory: only this clip is too large
            outcome = Outcome(
                error=f"{type(error).__name__}: {error}",
                stop=is_disk_full(error),
                seconds=_since("until_failure", began),
            )
    return replace(outcome, warnings=(*outcome.warnings, *recorded))


def _since(stage: str, began: float) -> dict[str, float]:
    """The wall time of a stage, in seconds."""
    return {stage: round(time.monotonic() - began, 2)}


def _alone(pipeline: Pipeline) -> Pipeline:
    """With one process for poses: the clips beside this one have the other cores."""
    return replace(pipeline, pose=replace(pipeline.pose, workers=1))


def _own_gpu(number: int) -> str | None:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return f"cuda:{number % count}" if count > 1 else None
