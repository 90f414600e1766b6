"""The main job on the project's own samples, measured against the truth: `python -m samples.demo`.

Transfers `samples/dance.mp4` onto the subject learned from `samples/footage.mp4`, writes the result and a comparison
source | pose | result | truth into `out/`, and prints how close the result comes to the truth.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

import motion_transfer as mt
from motion_transfer.cli.console import show_progress
from motion_transfer.evaluation.measure import measure
from motion_transfer.evaluation.metrics.catalogue import HEADLINE, METRICS
from motion_transfer.evaluation.metrics.pose_distance import compare_poses
from motion_transfer.evaluation.statistics import means
from motion_transfer.progress import ProgressCallback, track
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader, VideoWriter
from motion_transfer.workflows.baselines import baselines_of, nearest_poses
from samples.make import DANCE, HERE, SUBJECT


def transfer(
    subject: mt.Subject, end: float | None, out: Path, progress: ProgressCallback
) -> tuple[mt.PoseSequence, float]:
    """Transfer the sample dance up to `end`; returns the poses asked of the subject, and the seconds it took."""
    began = time.monotonic()
    pipeline = subject.pipeline
    with VideoReader(HERE / "dance.mp4", end=end) as dance:
        raw = mt.estimate_poses(dance, size=dance.size, fps=dance.fps, settings=pipeline.pose, progress=progress)
        clean = mt.clean_poses(raw, pipeline.pose)
        poses = mt.place_poses(clean, subject)
        sound, marks = {"audio_from": dance.path, "audio_end": dance.end}, mt.mark(subject, {"dance": dance.path})
        with VideoWriter(out, size=subject.size, fps=dance.fps, marks=marks, **sound) as video:
            made = mt.synthesise(subject, poses, mt.choose_device())
            for frame in track(made, "synthesising", len(poses), progress):
                video.write(frame)
    return poses, time.monotonic() - began


def compare(subject: mt.Subject, end: float | None, poses: mt.PoseSequence, result: Path, out: Path) -> None:
    """Write source | pose | result | truth side by side."""
    width, height = subject.size
    source_size = (2 * round(DANCE.size[0] * height / DANCE.size[1] / 2), height)
    pictures = mt.draw_poses(poses, subject.size, subject.pipeline.draw)
    with (
        VideoReader(HERE / "dance.mp4", end=end, size=source_size) as source,
        VideoReader(result) as made,
        VideoReader(HERE / "truth.mp4", end=end) as truth,
        VideoWriter(
            out,
            size=(source_size[0] + 3 * width, height),
            fps=source.fps,
            audio_from=result,
            marks=mt.mark(subject, {"dance": source.path}),
        ) as video,
    ):
        for panels in zip(source, pictures, made, truth, strict=True):
            video.write(np.concatenate(panels, axis=1))


def nearest_frames(poses: mt.PoseSequence) -> list[Frame]:
    """For each pose the frame of the footage whose pose is nearest: what copying gives."""
    indices = nearest_poses(poses, mt.load_poses(HERE / "footage.npz"))
    wanted = set(indices.tolist())
    with VideoReader(HERE / "footage.mp4") as footage:
        frames = {index: frame for index, frame in enumerate(footage) if index in wanted}
    return [frames[int(index)] for index in indices]


def measure_result(
    subject: mt.Subject, end: float | None, poses: mt.PoseSequence, result: Path, progress: ProgressCallback
) -> list[tuple[str, str]]:
    """The metrics of the table: names and values."""
    true = mt.load_poses(HERE / "truth.npz")[: len(poses)]
    with VideoReader(result) as made, VideoReader(HERE / "truth.mp4", end=end) as truth:
        videos = {
            "result": made,
            **baselines_of(subject, poses, None, range(0)),
            "nearest pose's frame": nearest_frames(poses),
        }
        series, _ = measure(videos, truth, true, [true, poses], person_only=True, progress=progress)
        detected = mt.estimate_poses(made, size=made.size, fps=made.fps, name=str(result), progress=progress)
    series["result"] |= compare_poses(detected, poses)
    return [
        (f"{METRICS[name].heading}, {video}", f"{value:.3g}")
        for name in (*HEADLINE, "person_psnr", "person_ssim")
        for video, metrics in series.items()
        if (value := means(metrics).get(name)) is not None
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m samples.demo", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the videos")
    parser.add_argument("--seconds", type=float, help="only so much of the dance")
    options = parser.parse_args(arguments)
    folder, end = options.out, options.seconds
    folder.mkdir(parents=True, exist_ok=True)
    result, comparison = folder / "demo.mp4", folder / "demo-compare.mp4"
    try:
        subject = mt.load_subject(SUBJECT)
        with show_progress(quiet=False) as progress:
            poses, seconds = transfer(subject, end, result, progress)
            compare(subject, end, poses, result, comparison)
            metrics = measure_result(subject, end, poses, result, progress)
    except mt.MotionTransferError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    table = Table(title="The sample transfer against the truth", show_header=False)
    table.add_row("frames", str(len(poses)))
    table.add_row("seconds", f"{seconds:.0f}")
    table.add_row("frames a second", f"{len(poses) / seconds:.1f}")
    for name, value in metrics:
        table.add_row(name, value)
    console = Console()
    console.print(table)
    console.print(f"Look at [bold]{comparison}[/] (source | pose | result | truth) and [bold]{result}[/].")
    console.print("With your own footage: motion-transfer train me.mp4 --out me --minutes 20, then")
    console.print("  motion-transfer transfer dance.mp4 --subject me --out me-dancing.mp4")
    return 0


if __name__ == "__main__":
    sys.exit(main())
