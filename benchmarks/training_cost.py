"""What a step of each training stage costs: time, memory, and the share of time spent waiting for data.

    python -m benchmarks.training_cost [--pipeline edn] [--frame 1024x512] [--device cpu] [--steps 1]
        [--precision fp32 bf16] [--recompute] [--stages global local face]

Each stage of each precision runs in a process of its own, so that the peak of memory is its own: resident memory
of the process on the CPU, what torch's allocator holds at most on a GPU. The footage is drawn at the frame's size; the
perceptual loss is VGG-19's, with random weights where no file is given, which cost the same. On a GPU give some tens
of steps; the first few, in which cuDNN looks for its algorithms, are not counted. The share of waiting is of the
whole time of the steps, with as many loading processes as training would have.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.exemplars import select_exemplars
from motion_transfer.footage import Footage, preprocess_footage, to_canvas
from motion_transfer.models import PerceptualLoss, StructuralLoss, choose_device, vgg_layers
from motion_transfer.pose import OPENPOSE_137, PoseSequence, save_poses
from motion_transfer.training.batch import to_batch
from motion_transfer.training.dataset import load, training_clips
from motion_transfer.training.perceptual import perceptual_loss
from motion_transfer.training.run.clock import Waiting
from motion_transfer.training.stages import Stage, stages_of
from motion_transfer.training.state import TrainingState
from motion_transfer.training.step import Networks, take_step
from motion_transfer.video import VideoWriter

FRAMES = 32
WARM_UP = 5
"""Steps that are not counted, where there are more."""

PLACES = {
    "nose": (0.5, 0.15), "neck": (0.5, 0.25), "right_shoulder": (0.46, 0.25), "left_shoulder": (0.54, 0.25),
    "right_eye": (0.49, 0.14), "left_eye": (0.51, 0.14), "right_elbow": (0.43, 0.35), "left_elbow": (0.57, 0.35),
    "right_wrist": (0.41, 0.45), "left_wrist": (0.59, 0.45), "mid_hip": (0.5, 0.5), "right_hip": (0.48, 0.5),
    "left_hip": (0.52, 0.5), "right_knee": (0.48, 0.7), "left_knee": (0.52, 0.7), "right_ankle": (0.48, 0.9),
    "left_ankle": (0.52, 0.9),
}  # fmt: skip
"""A figure's joints as shares of the frame's width and height."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pipeline", default="edn")
    parser.add_argument("--frame", default="1024x512", help="the footage's size")
    parser.add_argument("--device", default=None)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--precision", nargs="+", default=["fp32"], choices=["fp32", "bf16", "fp16"])
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--stages", nargs="+", default=None)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    pipeline = load_pipeline(options.pipeline)
    if options.alone:
        changed = replace(pipeline.train, precision=options.precision[0], recompute=options.recompute)
        print(json.dumps(measure(replace(pipeline, train=changed), options)))
        return
    names = options.stages or [stage.name for stage in stages_of(pipeline)]
    rows = [_in_a_process(options, name, precision) for precision in options.precision for name in names]
    print(table(rows, options))


def table(rows: list[dict[str, object]], options: argparse.Namespace) -> str:
    recomputed = ", activations recomputed" if options.recompute else ""
    lines = [
        f"{options.pipeline}, footage of {options.frame}, on {rows[0]['device']}{recomputed}",
        "",
        "| stage | canvas | precision | millions of parameters | s a step | steps a second | peak GB | waiting |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        seconds, waiting = float(str(row["seconds"])), 100 * float(str(row["waiting"]))
        lines.append(
            f"| {row['stage']} | {row['canvas']} | {row['precision']} | {row['trains']:.1f} + {row['judges']:.1f} | "
            f"{seconds:.2f} | {1 / seconds:.2f} | {row['peak']:.1f} | {waiting:.1f} % |"
        )
    return "\n".join(lines)


def _in_a_process(options: argparse.Namespace, stage: str, precision: str) -> dict[str, object]:
    words = [sys.executable, "-m", "benchmarks.training_cost", "--alone", "--pipeline", options.pipeline]
    words += ["--frame", options.frame, "--steps", str(options.steps), "--precision", precision, "--stages", stage]
    words += ["--device", options.device] if options.device else []
    words += ["--recompute"] if options.recompute else []
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"the {stage} stage in {precision} failed with exit code {done.returncode}")
    row: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(row), file=sys.stderr, flush=True)
    return row


def measure(pipeline: Pipeline, options: argparse.Namespace) -> dict[str, object]:
    """One stage's steps, timed."""
    width, height = map(int, options.frame.split("x"))
    device = choose_device(options.device)
    stage = next(stage for stage in stages_of(pipeline) if stage.name == options.stages[0])
    with tempfile.TemporaryDirectory() as folder:
        footage = _draw_footage(Path(folder), pipeline, (width, height))
        return _run(pipeline, stage, footage, device, options.steps)


def _run(pipeline: Pipeline, stage: Stage, footage: Footage, device: torch.device, steps: int) -> dict[str, object]:
    state = TrainingState(pipeline, device, stage)
    state.freeze(float("inf"))
    networks = Networks(state, pipeline, _vgg(pipeline).to(device))
    samples = training_clips(stage, footage, pipeline, select_exemplars(footage, pipeline))
    batches, waiting = iter(load(samples, state, pipeline)), Waiting()
    warm_up = WARM_UP if steps > WARM_UP else 0
    began = time.monotonic()
    for step in range(warm_up + steps):
        if step == warm_up:
            _synchronise(device)
            waiting.share()
            began = time.monotonic()
        with waiting:
            stretch = next(batches)
        losses = networks.losses(to_batch(stretch, device))
        state.scaler.scale(losses.generator).backward()
        state.scaler.scale(losses.discriminator).backward()
        take_step(state)
    _synchronise(device)
    return {
        "stage": stage.name,
        "canvas": f"{samples.canvas[0]} x {samples.canvas[1]}",
        "precision": pipeline.train.precision,
        "trains": sum(p.numel() for p in state.generator.parameters() if p.requires_grad) / 1e6,
        "judges": sum(p.numel() for p in state.discriminator.parameters()) / 1e6,
        "seconds": (time.monotonic() - began) / steps,
        "waiting": waiting.share(),
        "peak": _peak(device),
        "device": torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"{torch.get_num_threads()} CPU cores",
    }


def _draw_footage(folder: Path, pipeline: Pipeline, size: tuple[int, int]) -> Footage:
    xy = np.full((FRAMES, len(OPENPOSE_137), 2), np.nan, np.float32)
    for joint, place in PLACES.items():
        xy[:, OPENPOSE_137.index(joint)] = np.multiply(place, size)
    xy[:, :, 0] += 0.05 * size[0] * np.sin(np.arange(FRAMES) / 4)[:, None]
    poses = PoseSequence(xy, np.isfinite(xy[..., 0]).astype(np.float32), size, Fraction(25))
    save_poses(folder / "poses.npz", poses)
    rng = np.random.default_rng(0)
    room = to_canvas(rng.integers(0, 255, (size[1] // 16, size[0] // 16, 3), np.uint8), size)
    with VideoWriter(folder / "footage.mp4", size=size, fps=poses.fps) as video:
        for _ in range(FRAMES):
            video.write(room)
    return preprocess_footage(folder / "footage.mp4", folder / "studied", pipeline, poses=poses)


def _vgg(pipeline: Pipeline) -> torch.nn.Module:
    if pipeline.train.vgg == "none":
        return StructuralLoss()
    if pipeline.train.vgg:
        return perceptual_loss(pipeline)[1]
    return PerceptualLoss({f"features.{name}": tensor for name, tensor in vgg_layers().state_dict().items()})


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _peak(device: torch.device) -> float:
    """GB of 10^9 bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
