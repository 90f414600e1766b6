"""Does memory grow with the work? `transfer` of a long clip against a short one, and a batch of many jobs.

Transfer: the sample's dance repeated to --long seconds, onto the sample subject, with poses given and with poses found.
Given ones may have the dancer in one of --every repetitions only: frames without a dancer have their row in every
table, but take little time. Batch: --jobs jobs, of which manifest, plan, journal and engine are real, and a worker
answers at once.
"""

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil

from benchmarks.clips import SAMPLES, SUBJECT, Library
from benchmarks.harness import Column, Row, Table, Workspace
from benchmarks.processes import is_batch_worker, peak_memory, start
from motion_transfer.batch import BatchOptions, TransferManifest
from motion_transfer.batch.run import run_batch
from motion_transfer.batch.task import Outcome, Task, WorkerSettings
from motion_transfer.pose import PoseSequence, save_poses
from motion_transfer.pose_cache import PoseCache
from motion_transfer.video import VideoReader, VideoWriter
from samples.make import DANCE

FOLDERS = 100  # over which a batch's outputs are spread
MOST = 1.1  # times the memory for the short clip that the long one may take


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--of", nargs="+", choices=["transfer", "batch"], default=["transfer", "batch"])
    parser.add_argument("--short", type=float, default=10.0, help="seconds of the short clip")
    parser.add_argument("--long", type=float, default=600.0, help="seconds of the long clip")
    parser.add_argument("--poses", nargs="+", choices=["given", "found"], default=["given", "found"])
    parser.add_argument(
        "--every", type=int, default=1, help="the dancer of given poses is there once in so many dances"
    )
    parser.add_argument("--subject", type=Path, default=SUBJECT)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--engine", choices=["local", "ray"], default="local")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    tables = []
    if "transfer" in options.of:
        work.bind(short=options.short, long=options.long, every=options.every, subject=options.subject)
        tables.append(of_transfer(options, work))
    if "batch" in options.of:
        tables.append(of_batch(options, work.folder / f"batch-{options.engine}"))
    return tables


def of_transfer(options: argparse.Namespace, work: Workspace) -> Table:
    """Peak memory of the command for the short and the long clip."""
    poses, lengths = Library(work.folder).poses(SAMPLES[DANCE]), {"short": options.short, "long": options.long}
    clips = {name: _repeat(poses, lengths[name], options.every, work.folder / f"{name}.mp4") for name in lengths}
    rows: list[Row] = []
    for how in options.poses:
        peaks = {}
        for name, clip in clips.items():
            words = ["transfer", str(clip.absolute()), "--subject", str(options.subject.absolute()), "--quiet"]
            words += ["--out", str(clip.with_name(f"{name}-out.mp4").absolute())]
            words += ["--poses", str(clip.with_suffix(".npz").absolute())] if how == "given" else []
            peaks[name] = work.once(f"{name}-{how}", lambda words=words: peak_memory(start(work.folder, words)))
            rows.append({"poses": how, **peaks[name], "seconds": lengths[name]})
        ratio = rows[-1]["ratio"] = peaks["long"]["python"] / peaks["short"]["python"]
        if ratio > MOST:
            work.failures.append(f"poses {how}: {ratio:.3f} times the memory for the long clip, more than {MOST}")
    columns = [
        Column("poses", "poses"),
        Column("seconds", "seconds of the clip", ".0f"),
        Column("python", "peak of the process, MB", ".0f", "lower"),
        Column("ratio", "times the short clip's", ".3f", "lower"),
        Column("children", "peak of its children, MB", ".0f", "lower"),
    ]
    return Table("Transfer", columns, rows, "Resident memory; children are ffmpeg and the processes that find poses.")


def _repeat(poses: PoseSequence, seconds: float, every: int, out: Path) -> Path:
    """Write the dance over and over until it is so long, and its poses beside it, in one of so many repetitions."""
    frames = round(seconds * poses.fps)
    if not out.with_suffix(".npz").exists():
        with VideoReader(SAMPLES[DANCE]) as reader, VideoWriter(out, size=reader.size, fps=reader.fps) as writer:
            while writer.frames < frames:
                for frame in reader.part(0, min(len(reader), frames - writer.frames)):
                    writer.write(frame)
        times = math.ceil(frames / len(poses))
        xy, score = np.tile(poses.xy, (times, 1, 1))[:frames], np.tile(poses.score, (times, 1))[:frames]
        absent = np.arange(frames) // len(poses) % every > 0
        xy[absent], score[absent] = np.nan, 0
        save_poses(out.with_suffix(".npz"), replace(poses, xy=xy, score=score, depth=None))
    return out


class Idle:
    """A worker that claims to have done its tasks, and leaves empty outputs."""

    def __init__(self, settings: WorkerSettings, number: int) -> None:
        self.number = number

    def __call__(self, task: Task) -> tuple[Outcome, ...]:
        """Leave the outputs."""
        for job in task.jobs if task.kind == "transfer" else ():
            Path(job.output).touch()
        return tuple(Outcome(frames=250, seconds={task.kind: 0.0}) for _ in task.jobs)


def of_batch(options: argparse.Namespace, folder: Path) -> Table:
    """Memory of a batch's process and of its largest worker along the way."""
    folder.mkdir(exist_ok=True)
    with VideoWriter(folder / "dance.mp4", size=(64, 64), fps=Fraction(25)) as video:
        video.write(np.zeros((64, 64, 3), np.uint8))
    manifest = _manifest(folder / "jobs.csv", options.jobs)
    rows = list(_run_batch(manifest, folder / "out", options))
    columns = [
        Column("jobs", "jobs done", ",d"),
        Column("batch", "batch, MB", ".1f", "lower"),
        Column("worker", "largest worker, MB", ".1f", "lower"),
        Column("cpu", "CPU ms of the batch a job", ".2f", "lower"),
    ]
    size = (folder / "out" / "results.jsonl").stat().st_size / options.jobs
    note = f"Engine: {options.engine}. results.jsonl: {size:.0f} bytes a job."
    return Table("Batch", columns, rows, note)


def _manifest(path: Path, lines: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write("source,subject,output,start,pose.smoothing\n")
        for n in range(lines):
            file.write(f"dance.mp4,{SUBJECT},{n % FOLDERS:02}/{n:07}.mp4,{n / 1000:.3f},median\n")
    return path


def _run_batch(manifest: Path, out: Path, options: argparse.Namespace) -> Iterator[Row]:
    for number in range(FOLDERS):
        (out / f"{number:02}").mkdir(parents=True, exist_ok=True)
    batch = BatchOptions(engine=options.engine, device="cpu")
    settings = WorkerSettings(batch, 2, 1, PoseCache(out / "cache"), out.absolute() / ".batch", Idle)
    began, jobs = time.process_time(), options.jobs
    shown = {1, jobs // 100, jobs // 10, *range(jobs // 5, jobs + 1, jobs // 5)}
    for number, _ in enumerate(run_batch(TransferManifest(manifest, out), settings), 1):
        if number in shown:
            me = psutil.Process()
            workers = [child for child in me.children(recursive=True) if is_batch_worker(child)]
            own, *others = (process.memory_info().rss / 1e6 for process in (me, *workers))
            cpu = 1000 * (time.process_time() - began) / number
            yield {"jobs": number, "batch": own, "worker": max(others, default=0.0), "cpu": cpu}
