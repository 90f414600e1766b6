"""What cleaning does to raw poses: error and jitter against the truth on rendered clips, lag on real ones.

    python -m benchmarks.pose_cleaning --work FOLDER [--clips FOLDER] [--out FILE.md]

Rendered clips and raw poses are kept in the work folder and used again. Writes Markdown.
"""

import argparse
import sys
import time
import tracemalloc
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from motion_transfer.config import PoseSettings
from motion_transfer.files import atomic_path
from motion_transfer.pose import (
    OPENPOSE_137,
    Detection,
    LiveFilter,
    PoseSequence,
    clean_poses,
    estimate_poses,
    load_poses,
    save_poses,
)
from motion_transfer.pose.cleaning.outliers import trunk_length
from motion_transfer.video import VideoReader
from samples.dancer.clip import Clip, write

SAMPLES = Path(__file__).parents[1] / "samples"

_DANCE = Clip("bruno", "dance", "parlour", (512, 384), Fraction(25), 12.0, 112.0, seed=3)
_TRUTH = replace(_DANCE, character="amara", scene="loft", size=(384, 384))
CLIPS = {  # the samples as `samples.make` renders them, and more frame rates and turns
    "samples/dance": _DANCE,
    "samples/truth": _TRUTH,
    "samples/footage": replace(_TRUTH, choreography="footage", seconds=24.0, seed=11),  # the beginning of 66 s
    "chen, turns": Clip("chen", "turns", "studio", (512, 512), Fraction(30), 10.0, seed=5),
    "freya, travel": Clip("freya", "travel", "gym", (384, 640), Fraction(30), 8.0, seed=6),
    "goran, turns": Clip("goran", "turns", "terrace", (384, 384), Fraction(15), 15.0, seed=7),
    "hana, dance": Clip("hana", "dance", "stage", (384, 384), Fraction(60), 4.0, seed=8),
}
REAL = (
    "sources/S1_ballet_solo_320x240.mp4",
    "sources/S3_unianimate_dance_portrait.mp4",
    "sources/S4_edn_repro_source_mv.mp4",
    "targets/T2_sam2_juggle.mp4",
    "targets/T4_ubc_fashion_91-3003CN5S.mp4",
    "awkward/A03_karate_cuts.mp4",
)
PARTS = {
    "body": OPENPOSE_137.body,
    "face": OPENPOSE_137.face,
    "hands": slice(OPENPOSE_137.left_hand.start, OPENPOSE_137.right_hand.stop),
}
DEFAULT = "savgol"
METHODS = {
    "outliers only": PoseSettings(smoothing="none"),
    "median, 7 frames, no outliers (as published)": PoseSettings(smoothing="median", outliers=False),
    "median, 7 frames": PoseSettings(smoothing="median"),
    "median, 5 frames": PoseSettings(smoothing="median", window=5),
    "savgol, 0.2 s": PoseSettings(span=0.2),
    DEFAULT: PoseSettings(),
    "savgol, 0.36 s": PoseSettings(span=0.36),
    "savgol, 0.5 s": PoseSettings(span=0.5),
    "savgol, 0.28 s, no outliers": PoseSettings(outliers=False),
}
LIVE = {"live one-euro, 3 Hz": 3.0, "live one-euro, 6 Hz": 6.0, "live one-euro, 9 Hz (its default)": 9.0}
"""The live filter's cutoffs in hertz."""
LONGEST = 24.0
"""Seconds that are read of a clip."""
VELOCITY = 4
"""Frames over which velocities are measured: between neighbours, the detector's noise is larger than the motion."""
MOST_LAG = 6
"""Frames of lag that are tried."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """Of one part of the person in one clip."""

    error: float
    """Mean distance to the truth, % of the trunk."""
    jitter: float
    """Root mean square of the error's acceleration, trunk lengths a second squared."""


def live(poses: PoseSequence, cutoff: float = 9.0) -> PoseSequence:
    """A clip as the live filter gives it, frame by frame."""
    smooth = LiveFilter(poses.size, poses.fps, cutoff=cutoff)
    depth = np.full((len(poses), OPENPOSE_137.body.stop), np.nan, np.float32)
    rows = zip(poses.xy, poses.score, depth, strict=True)
    return replace(poses, xy=np.stack([smooth(Detection(*row)).xy for row in rows]), depth=None)


def true_joints(clip: Clip) -> Floats:
    """(T, 137, 2) true places in pixels: the pose, without drawing it."""
    return clip.room().camera.project(clip.joints())[..., :2]


def measure(raw: PoseSequence, new: PoseSequence, true: Floats) -> dict[str, Metric]:
    """Compare poses with the truth where the detector had found a joint.

    A constant offset of a joint, its mean over the clip in the raw poses, is taken off: no filter can mend it, and it
    would hide what a filter adds.
    """
    trunk = trunk_length(raw)
    offset = _mean(raw.xy - true, axis=0)
    error = (new.xy - true - offset) / trunk
    there = (raw.score > 0) & (new.score > 0) & np.isfinite(true).all(axis=2)
    change = (error[2:] - 2 * error[1:-1] + error[:-2]) * float(raw.fps) ** 2
    steady = there[2:] & there[1:-1] & there[:-2]
    return {
        name: Metric(
            100 * float(np.hypot(*error[:, part][there[:, part]].T).mean()),
            float(np.sqrt((change[:, part][steady[:, part]] ** 2).sum(axis=1).mean())),
        )
        for name, part in PARTS.items()
    }


def _mean(values: Floats, axis: int) -> Floats:
    known = np.isfinite(values)
    mean: Floats = np.where(known, values, 0).sum(axis=axis) / np.maximum(known.sum(axis=axis), 1)
    return mean


def lag(raw: PoseSequence, new: PoseSequence, step: int = 0) -> tuple[int, float]:
    """Frames by which the knees, wrists and ankles of `new` are behind: the peak of their cross-correlation.

    Args:
        raw: as detected.
        new: the same clip, cleaned.
        step: 0 for positions; else velocities are compared, measured over so many frames.

    Returns:
        The peak's place in whole frames, and in parts of a frame by a parabola through it.
    """
    joints = [OPENPOSE_137.index(f"{side}_{name}") for side in ("left", "right") for name in ("wrist", "ankle", "knee")]
    match = np.zeros(2 * MOST_LAG + 1)
    for joint in joints:
        both = (raw.score[:, joint] > 0) & (new.score[:, joint] > 0)
        a, b = (np.where(both[:, None], poses.xy[:, joint], np.nan).astype(float) for poses in (raw, new))
        a, b = (x[step:] - x[:-step] if step else x - _mean(x, axis=0) for x in (a, b))
        a, b = _limited(np.nan_to_num(a)), _limited(np.nan_to_num(b))
        inside = a[MOST_LAG : len(a) - MOST_LAG]
        for k in range(2 * MOST_LAG + 1):
            match[k] += (inside * b[k : k + len(inside)]).sum()
    peak = int(np.clip(match.argmax(), 1, 2 * MOST_LAG - 1))
    before, at, after = match[peak - 1 : peak + 2]
    return int(match.argmax()) - MOST_LAG, peak - MOST_LAG + float((before - after) / (2 * (before - 2 * at + after)))


def _limited(values: Floats) -> Floats:
    """(T, 2) cut to the length that 5% exceed, so that a few wild detections do not decide."""
    length = np.hypot(*values.T)
    limited: Floats = values * np.minimum(1, np.percentile(length, 95) / np.maximum(length, 1e-9))[:, None]
    return limited


def raw_poses(video: Path, kept: Path) -> PoseSequence:
    """The poses as detected in the first `LONGEST` seconds; from `kept` if they are there."""
    if not kept.exists():
        with VideoReader(video, end=LONGEST) as reader:
            save_poses(kept, estimate_poses(reader, size=reader.size, fps=reader.fps, name=str(video)))
    return load_poses(kept)


def rendered(name: str, clip: Clip, work: Path) -> Path:
    """The clip's video: a sample, or rendered into the work folder."""
    if name.startswith("samples/"):
        return SAMPLES / f"{name.removeprefix('samples/')}.mp4"
    size, fps, seconds = "x".join(map(str, clip.size)), clip.fps, f"{clip.seconds:g}"
    stem = f"{clip.character}-{clip.choreography}-{clip.scene}-{size}-{fps}-{seconds}-s{clip.seed}"
    video = work / f"{stem}.mp4"
    if not video.exists():
        write(clip, video)
    return video


def against_truth(work: Path) -> str:
    """The tables of error and jitter."""
    per_clip, changes = [], {name: [] for name in [*METHODS, *LIVE]}
    for name, clip in CLIPS.items():
        video = rendered(name, clip, work)
        raw, true = raw_poses(video, work / f"{name.replace('/', '-')}-raw.npz"), true_joints(clip)
        before = measure(raw, raw, true)
        for method in changes:
            after = measure(raw, live(raw, LIVE[method]) if method in LIVE else clean_poses(raw, METHODS[method]), true)
            changes[method].append(
                {p: (after[p].error / before[p].error, after[p].jitter / before[p].jitter) for p in PARTS}
            )
            if method == DEFAULT:
                cells = [f"{name} ({clip.fps} fps, {len(clip)} frames)"]
                for part in PARTS:
                    a, b = before[part], after[part]
                    cells += [f"{a.error:.2f} → {b.error:.2f} ({100 * (b.error / a.error - 1):+.0f}%)"]
                    cells += [f"{a.jitter:.1f} → {b.jitter:.1f} ({b.jitter / a.jitter:.2f})"]
                per_clip.append(cells)
        print(name, file=sys.stderr, flush=True)
    head = ["clip", *(f"{part}: {what}" for part in PARTS for what in ("error", "jitter"))]
    rows = []
    for method, values in changes.items():
        cells = [method if method != DEFAULT else "**savgol, 0.28 s (the default)**"]
        for part in PARTS:
            error, jitter = (np.array([value[part][i] for value in values]) for i in range(2))
            cells += [f"{100 * (error.mean() - 1):+.0f}% ({100 * (error.max() - 1):+.0f}%)"]
            cells += [f"{jitter.mean():.2f} ({jitter.max():.2f})"]
        rows.append(cells)
    return f"{_table(head, per_clip)}\n\nAll filters, mean over these clips (the worst clip):\n\n" + _table(
        ["filter", *head[1:]], rows
    )


def on_real_clips(work: Path, clips: Path) -> str:
    """The table of lags."""
    rows = []
    for name in REAL:
        raw = raw_poses(clips / name, work / f"{Path(name).stem}-raw.npz")
        cells = [name.split("/")[1].split("_")[0], f"{len(raw)} at {float(raw.fps):.5g} fps"]
        for new in (clean_poses(raw), live(raw)):
            cells += ["{} ({:+.2f})".format(*lag(raw, new, step)) for step in (0, VELOCITY)]
        new = clean_poses(raw, PoseSettings(outliers=False))
        body = OPENPOSE_137.body
        both = (raw.score[:, body] > 0) & (new.score[:, body] > 0)
        a, b = (np.diff(p.xy[:, body], 2, axis=0)[both[2:] & both[1:-1] & both[:-2]] for p in (raw, new))
        cells.append(f"{np.sqrt((b**2).sum(axis=1).mean() / (a**2).sum(axis=1).mean()):.2f}")
        taken = (raw.score > 0) & (clean_poses(raw, PoseSettings(smoothing="none", max_gap=0)).score == 0)
        cells.append(f"{100 * taken[:, body].sum() / (raw.score[:, body] > 0).sum():.2f}%")
        rows.append(cells)
        print(name, file=sys.stderr, flush=True)
    head = ["clip", "frames", "position", "velocity", "live: position", "live: velocity", "acceleration", "taken out"]
    return _table(head, rows)


def on_a_long_clip(poses: PoseSequence, frames: int = 18_000) -> str:
    """Time and memory."""
    repeat = -(-frames // len(poses))
    xy, score = (np.concatenate([x] * repeat)[:frames] for x in (poses.xy, poses.score))
    long = PoseSequence(xy, score, poses.size, poses.fps)
    lines = []
    for smoothing in ("median", "savgol"):
        settings = PoseSettings(smoothing=smoothing)
        began = time.monotonic()
        clean_poses(long, settings)
        seconds = time.monotonic() - began
        tracemalloc.start()
        clean_poses(long, settings)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        lines.append(f"{smoothing} {seconds:.0f} s, {peak / (long.xy.nbytes + long.score.nbytes):.2f} times the poses")
    return f"{frames} frames: {'; '.join(lines)}."


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", type=Path, required=True, help="folder for rendered clips and raw poses")
    p.add_argument("--clips", type=Path, help="folder of real clips; without it they are left out")
    p.add_argument("--out", type=Path, help="Markdown to write; standard output if not given")
    a = p.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    parts = [against_truth(a.work)]
    if a.clips:
        parts.append(on_real_clips(a.work, a.clips))
    parts.append(on_a_long_clip(load_poses(a.work / "samples-footage-raw.npz")))
    text = "\n\n".join(parts) + "\n"
    if a.out is None:
        print(text)
    else:
        with atomic_path(a.out) as path:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
