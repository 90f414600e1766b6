"""What a frame costs, in processor time and bytes: the numbers that docs/scaling.md reckons with.

    python -m benchmarks.batch_cost [--frames 100] [--subject samples/subjects/amara]

Takes the first frames of samples/dance.mp4 through the pose stage and through synthesis and encoding, with one thread.
Processor time, of this process and of its ffmpeg, says the same on a busy machine and on a quiet one, nearly.
Operations are counted by torch's `FlopCounterMode`: convolutions, a multiplication and an addition as two.
"""

import argparse
import resource
import tempfile
from pathlib import Path

import cv2
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from motion_transfer.config import PoseSettings
from motion_transfer.config.options import TransferOptions
from motion_transfer.models import GlobalGenerator
from motion_transfer.pose import estimate_poses, save_poses
from motion_transfer.pose_cache import PoseCache
from motion_transfer.subject import load_subject
from motion_transfer.video import VideoReader
from motion_transfer.workflows.transfer import transfer

SAMPLES = Path("samples")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--subject", type=Path, default=SAMPLES / "subjects" / "amara")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    dance, frames = SAMPLES / "dance.mp4", options.frames
    subject = load_subject(options.subject)
    with VideoReader(dance) as reader:
        end = float(frames / reader.fps)
    with VideoReader(dance, end=end) as reader, tempfile.TemporaryDirectory() as name:
        began = seconds()
        poses = estimate_poses(reader, size=reader.size, fps=reader.fps, settings=PoseSettings(workers=1))
        found = seconds()
        cache, out = Path(name) / "poses.npz", Path(name) / "out.mp4"
        save_poses(cache, poses)
        before = seconds()
        transfer(dance, subject, out, TransferOptions(end=end, device="cpu"), poses=poses, cache=PoseCache(Path(name)))
        after = seconds()
        generator = sum(parameter.numel() for parameter in subject.generator.parameters())
        print("| of a frame | |\n|---|---:|")
        print(f"| decoding {reader.size[0]} x {reader.size[1]} and poses | {(found - began) / frames:.3f} CPU s |")
        size = f"{subject.size[0]} x {subject.size[1]}"
        print(f"| drawing, synthesis, encoding {size} | {(after - before) / frames:.3f} CPU s |")
        print(f"| poses in the cache | {cache.stat().st_size / frames:.0f} bytes |")
        print(f"| output | {out.stat().st_size / frames:.0f} bytes |")
        print(f"| source | {dance.stat().st_size / reader.info.frames:.0f} bytes |")
    folder = sum(path.stat().st_size for path in options.subject.glob("*") if path.is_file())
    width, height = subject.canvas
    operations = gflop(subject.generator.network, width, height)
    print(f"\nsubject: {generator / 1e6:.1f} million parameters, {folder / 1e6:.1f} MB")
    print(f"its network at {width} x {height}: {operations:.1f} GFLOP a frame")
    with torch.device("meta"):
        published = GlobalGenerator(6, 3, width=64, downsamplings=4, blocks=9)
    print(f"Everybody Dance Now's global generator at 512 x 256: {gflop(published, 512, 256):.0f} GFLOP a frame")


def gflop(network: nn.Module, width: int, height: int) -> float:
    """Billions of operations for one image."""
    first = next(network.parameters())  # of a convolution: outputs, inputs, height, width
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, first.shape[1], height, width, device=first.device))
    return float(counter.get_total_flops() / 1e9)


def seconds() -> float:
    """Processor time of this process and of those that have ended below it."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()
