"""What a frame costs, in processor time and bytes: the numbers that docs/scaling.md calculates with.

Takes the first frames of samples/dance.mp4 through the pose stage and through synthesis and encoding, with one thread.
Processor time, of this process and of its ffmpeg, is nearly the same on a busy machine and on an idle one. Operations
are counted by torch's `FlopCounterMode`: convolutions, a multiplication and an addition as two.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.clips import SAMPLES, SUBJECT
from benchmarks.harness import Column, Table, Workspace, clocks
from motion_transfer.config import PoseSettings
from motion_transfer.config.options import TransferOptions
from motion_transfer.models.networks import GlobalGenerator
from motion_transfer.pose import estimate_poses, save_poses
from motion_transfer.pose_cache import PoseCache
from motion_transfer.subject import load_subject
from motion_transfer.video import VideoReader
from motion_transfer.workflows.transfer import transfer
from samples.make import DANCE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--subject", type=Path, default=SUBJECT)


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    dance, frames, subject = SAMPLES[DANCE], options.frames, load_subject(options.subject)
    with VideoReader(dance) as reader:
        end = float(frames / reader.fps)
    with VideoReader(dance, end=end) as reader:
        start = clocks()[1]
        poses = estimate_poses(reader, size=reader.size, fps=reader.fps, settings=PoseSettings(workers=1))
        found, size, total = clocks()[1], reader.size, reader.info.frames
    kept, out = work.folder / "poses.npz", work.folder / "out.mp4"
    save_poses(kept, poses)
    before = clocks()[1]
    transfer(dance, subject, out, TransferOptions(end=end, device="cpu"), poses=poses, cache=PoseCache(work.folder))
    after = clocks()[1]
    width, height = subject.canvas
    with torch.device("meta"):
        published = GlobalGenerator(6, 3, width=64, downsamplings=4, blocks=9)
    folder = sum(path.stat().st_size for path in options.subject.glob("*") if path.is_file())
    parameters = sum(parameter.numel() for parameter in subject.generator.parameters())
    values = [
        (f"decoding {size[0]} × {size[1]} and poses", (found - start) / frames, "CPU s a frame"),
        ("drawing, synthesis, encoding {} × {}".format(*subject.size), (after - before) / frames, "CPU s a frame"),
        ("poses in the cache", kept.stat().st_size / frames, "bytes a frame"),
        ("output", out.stat().st_size / frames, "bytes a frame"),
        ("source", dance.stat().st_size / total, "bytes a frame"),
        ("subject", folder / 1e6, "MB"),
        ("the subject's networks", parameters / 1e6, "million parameters"),
        (f"its network at {width} × {height}", gflop(subject.generator.network, width, height), "GFLOP a frame"),
        ("Everybody Dance Now's global generator at 512 × 256", gflop(published, 512, 256), "GFLOP a frame"),
    ]
    rows = [{"what": what, "value": value, "unit": unit} for what, value, unit in values]
    return [Table("Cost", [Column("what", "what"), Column("value", "value", ".4g"), Column("unit", "unit")], rows)]


def gflop(network: nn.Module, width: int, height: int) -> float:
    """Billions of operations for one image."""
    first = next(network.parameters())  # of a convolution: outputs, inputs, height, width
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, first.shape[1], height, width, device=first.device))
    return float(counter.get_total_flops() / 1e9)
