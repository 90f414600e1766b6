"""Small files of every kind that the tool reads, without a fault."""

import contextlib
import csv
import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clips import true_poses
from motion_transfer.base import save_base
from motion_transfer.config import ModelSettings, Pipeline, TrainSettings, pipeline_to_toml
from motion_transfer.config.options import TrainOptions
from motion_transfer.marking.identity import signing_file
from motion_transfer.pose import PoseSequence, save_poses
from motion_transfer.subject import build_generator
from motion_transfer.video.ffmpeg import ffmpeg_binary
from motion_transfer.workflows.hand_on import pack_subject
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer
from samples.make import DANCE

CONTAINERS = ("mp4", "mov", "mkv", "webm", "avi", "flv", "mpg", "ts", "gif", "wmv", "y4m")
PICTURES = ("png", "jpg", "webp", "bmp", "tiff")
SIZE, FPS, FRAMES = (96, 96), Fraction(12), 24
CONSENT = "Ada, in writing, 2026-11-20"


def make_base(folder: Path) -> None:
    """Write the sound files that the kinds spoil: clips, poses, a subject with its training, and so on."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    source = ["-f", "lavfi", "-i", f"testsrc=s={SIZE[0]}x{SIZE[1]}:r={FPS}:d={FRAMES / FPS}"]
    for container in CONTAINERS:
        sound = ["-f", "lavfi", "-i", "sine=d=2", "-shortest"] if container not in ("gif", "y4m") else []
        rate = ["-r", "25"] if container == "mpg" else ["-pix_fmt", "yuv420p"] if container == "y4m" else []
        _ffmpeg(*source, *sound, *rate, folder / f"clip.{container}")
    for picture in PICTURES:
        _ffmpeg(*source, "-frames:v", "1", folder / f"plate.{picture}")
    poses = true_poses(replace(DANCE, seconds=1))[0]
    scale = np.divide(SIZE, poses.size, dtype=np.float32)
    poses = replace(poses, xy=poses.xy[:FRAMES] * scale, score=poses.score[:FRAMES], size=SIZE, fps=FPS)
    save_poses(folder / "poses.npz", poses)
    few = replace(poses, xy=poses.xy[:4], score=poses.score[:4])
    save_poses(folder / "openpose", few)
    save_poses(folder / "poses.coco.json", few)
    write_yaml(folder / "yaml", few)
    sizes = {"width": 4, "downsamplings": 1, "blocks": 1, "discriminator_width": 4, "discriminator_layers": 1}
    model = ModelSettings(size=64, crop="frame", exemplars=4, discriminator_scales=1, **sizes)  # type: ignore[arg-type]
    tiny = Pipeline(model=model, train=TrainSettings(steps=2, minutes=0.0, perceptual_weight=0.0, vgg="none"))
    (folder / "tiny.toml").write_text(pipeline_to_toml(tiny), encoding="utf-8")
    train(
        folder / "clip.mp4", folder / "me", tiny, TrainOptions(device="cpu", force=True, consent=CONSENT), poses=poses
    )
    save_base(folder / "base.safetensors", build_generator(tiny).network)
    shutil.copytree(folder / "me", folder / "you", ignore=shutil.ignore_patterns("training"))
    pack_subject(folder / "me", folder / "me.zip")
    shutil.copy(signing_file(), folder / "key.pem")
    for ending in (".mp4", ".mkv"):
        transfer(folder / "clip.mp4", folder / "me", folder / f"marked{ending}", poses=poses)
    (folder / "me" / "training").rename(folder / "training")  # where it lies, no results are written
    published = replace(model, network="global", exemplars=0, composite=False, upsampling_kernel=3, pose_range="0..1")
    weights = build_generator(Pipeline(model=published)).network.state_dict()
    torch.save(weights, folder / "edn.pth")
    torch.save(weights, folder / "old.pth", _use_new_zipfile_serialization=False)
    shutil.copy(folder / "me" / "generator.safetensors", folder / "edn.safetensors")
    row = {"source": "clip.mp4", "subject": "me", "output": "x.mp4", "poses": "poses.npz", "start": "0.1", "end": "0.6"}
    for name, rows in (
        ("jobs", [row, row | {"output": "y.mp4", "pose.smoothing": "none"}]),
        ("subjects", [{"source": "clip.mp4", "subject": "new", "poses": "poses.npz", "steps": 2, "force": True}]),
    ):
        write_manifests(folder / name, rows)
    record = {"status": "done", "output": "x.mp4", "fingerprint": "0" * 64, "seconds": {"pose": 1.5}, "frames": 3}
    (folder / "results.jsonl").write_text("".join(json.dumps(record | {"line": n}) + "\n" for n in range(3)))
    (folder / "list.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{folder}/clip.ts\n")
    shutil.copy(folder / "list.m3u8", folder / "list.mp4")
    shutil.copy(folder / "clip.mp4", folder / "link.mp4")


def write_yaml(folder: Path, poses: PoseSequence) -> None:
    """Bodies as OpenPose's `--write_keypoint` writes them."""
    folder.mkdir()
    for frame in range(len(poses)):
        body = np.nan_to_num(np.append(poses.xy[frame, :25], poses.score[frame, :25, None], axis=1))
        data = ", ".join(f"{number:.8e}" for number in body.ravel())
        text = f"%YAML:1.0\npose_0: !!opencv-nd-matrix\n   sizes: [ 1, 25, 3 ]\n   dt: f\n   data: [ {data} ]\n"
        (folder / f"clip_{frame:012}_pose.yml").write_text(text)


def write_manifests(path: Path, rows: list[dict[str, Any]]) -> None:
    """The same rows as CSV, JSON lines and Parquet."""
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        table.writeheader()
        table.writerows(rows)
    path.with_suffix(".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with contextlib.suppress(ImportError):
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path.with_suffix(".parquet"))


def _ffmpeg(*words: Any) -> None:
    subprocess.run([ffmpeg_binary(), "-v", "error", "-y", *map(str, words)], check=True)
