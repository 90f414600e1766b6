"""What cleaning does to raw poses: error, jitter and lag against the truth on rendered clips."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from benchmarks.clips import Library, true_poses
from benchmarks.harness import Column, Row, Table, Workspace
from benchmarks.pose.truth import FREYA, HANA, TURNS
from motion_transfer.config import PoseSettings
from motion_transfer.pose import OPENPOSE_137, Detection, LiveFilter, PoseSequence, clean_poses
from motion_transfer.pose.cleaning.outliers import trunk_length
from motion_transfer.types import Numbers
from samples.dancer.clip import Clip
from samples.make import DANCE, FOOTAGE, TRUTH

SECONDS = 24.0  # that are read of a clip
CHEN = Clip("chen", "turns", "studio", (512, 512), Fraction(30), 10.0, seed=5)
CLIPS = (DANCE, TRUTH, FOOTAGE, CHEN, FREYA, TURNS[2], HANA)
PARTS = {
    "body": OPENPOSE_137.body,
    "face": OPENPOSE_137.face,
    "hands": slice(OPENPOSE_137.left_hand.start, OPENPOSE_137.right_hand.stop),
}
SETTINGS = {
    "outliers only": PoseSettings(smoothing="none"),
    "median, 7 frames, no outliers (as published)": PoseSettings(smoothing="median", outliers=False),
    "median, 7 frames": PoseSettings(smoothing="median"),
    "median, 5 frames": PoseSettings(smoothing="median", window=5),
    **{f"savgol, {span:g} s": PoseSettings(smoothing="savgol", span=span) for span in (0.2, 0.28, 0.36, 0.5)},
    "adaptive, 0.28 s (the default)": PoseSettings(),
    "gentle, 0.28 s (of footage)": PoseSettings(smoothing="gentle"),
    "adaptive, 0.28 s, no outliers": PoseSettings(outliers=False),
}
CUTOFFS = (3.0, 6.0, 9.0)  # of the live filter, in hertz
VELOCITY = 4
"""Frames over which velocities are measured: between neighbours, the detector's noise is larger than the motion."""
MOST_LAG = 6  # frames of lag that are tried
NOTE = """\
Error: mean distance to the truth in % of the trunk, a constant offset of each joint taken off. Jitter: root mean square
of the error's acceleration, trunk lengths a second squared."""
FILTER_NOTE = f"""\
Times the error and jitter of the raw poses; the mean over the clips, and the worst of them. Lag: frames
by which limbs are behind the raw poses, at the peak of the correlation of velocities over {VELOCITY} frames."""


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    """Error and jitter of the default on each clip, and of all filters relative to the raw poses."""
    library = Library(work.folder, workers=options.workers, progress=work.progress)
    clips: list[Row] = []
    shares: dict[str, list[Row]] = {name: [] for name in methods()}
    for clip in CLIPS:
        raw = library.poses(library.video(clip), end=SECONDS if clip == FOOTAGE else None)
        true = true_poses(clip)[0].xy[: len(raw)].astype(np.float64)
        before = deviations(raw, raw, true)
        for name, clean in methods().items():
            new = clean(raw)
            after = deviations(raw, new, true)
            shares[name].append({key: after[key] / before[key] for key in before} | {"lag": lag(raw, new)})
        after = deviations(raw, clean_poses(raw), true)
        row = {"clip": f"{clip.character}, {clip.choreography}", "fps": float(clip.fps), "frames": len(raw)}
        clips.append(row | {f"{key}_raw": value for key, value in before.items()} | after)
    filters = []
    for name, values in shares.items():
        every = {key: [value[key] for value in values] for key in values[0]}
        worst = {f"{key}_worst": max(of) for key, of in every.items()}
        filters.append({"filter": name} | {key: np.mean(of) for key, of in every.items()} | worst)
    kinds = [(f"{part}_{kind}", f"{part}: {kind}") for part in PARTS for kind in ("error", "jitter")]
    pairs = [
        column
        for key, label in kinds
        for column in (Column(f"{key}_raw", f"{label}, raw", ".2f"), Column(key, f"{label}, cleaned", ".2f", "lower"))
    ]
    worst = [
        Column(f"{key}{suffix}", f"{label}{of}", ".2f", "lower")
        for key, label in kinds
        for suffix, of in (("", ""), ("_worst", ", worst clip"))
    ]
    common = [Column("clip", "clip"), Column("fps", "fps", ".4g"), Column("frames", "frames", "d")]
    return [
        Table("Each clip", [*common, *pairs], clips, NOTE),
        Table("All filters", [Column("filter", "filter"), *worst, Column("lag", "lag", "+.2f")], filters, FILTER_NOTE),
    ]


def methods() -> dict[str, Callable[[PoseSequence], PoseSequence]]:
    """All filters by their names."""
    named = {name: lambda poses, s=settings: clean_poses(poses, s) for name, settings in SETTINGS.items()}
    return named | {f"live one-euro, {cutoff:g} Hz": lambda poses, c=cutoff: live(poses, c) for cutoff in CUTOFFS}


def live(poses: PoseSequence, cutoff: float) -> PoseSequence:
    """A clip as the live filter gives it, frame by frame."""
    smooth = LiveFilter(poses.size, poses.fps, cutoff=cutoff)
    depth = np.full((len(poses), OPENPOSE_137.body.stop), np.nan, np.float32)
    rows = zip(poses.xy, poses.score, depth, strict=True)
    return replace(poses, xy=np.stack([smooth(Detection(*row)).xy for row in rows]), depth=None)


def deviations(raw: PoseSequence, new: PoseSequence, true: Numbers) -> Row:
    """Error and jitter of each part against the true joints (T, 137, 2), where the detector had found a joint.

    Error: mean distance in % of the trunk. Jitter: root mean square of the error's acceleration, in trunk lengths a
    second squared. A constant offset of a joint, its mean over the clip in the raw poses, is taken off: no filter can
    mend it, and it would hide what a filter adds.
    """
    error = (new.xy - true - _mean(raw.xy - true)) / trunk_length(raw)
    there = (raw.score > 0) & (new.score > 0) & np.isfinite(true).all(axis=2)
    change = (error[2:] - 2 * error[1:-1] + error[:-2]) * float(raw.fps) ** 2
    steady = there[2:] & there[1:-1] & there[:-2]
    row: Row = {}
    for name, part in PARTS.items():
        row[f"{name}_error"] = 100 * float(np.hypot(*error[:, part][there[:, part]].T).mean())
        row[f"{name}_jitter"] = float(np.sqrt((change[:, part][steady[:, part]] ** 2).sum(axis=1).mean()))
    return row


def lag(raw: PoseSequence, new: PoseSequence) -> float:
    """Frames by which `new` is behind, in parts of a frame by a parabola through the correlation's peak."""
    joints = [OPENPOSE_137.index(f"{side}_{name}") for side in ("left", "right") for name in ("wrist", "ankle", "knee")]
    match = np.zeros(2 * MOST_LAG + 1)
    for joint in joints:
        both = (raw.score[:, joint] > 0) & (new.score[:, joint] > 0)
        a, b = (np.where(both[:, None], poses.xy[:, joint], np.nan).astype(float) for poses in (raw, new))
        a, b = (x[VELOCITY:] - x[:-VELOCITY] for x in (a, b))
        a, b = _limited(np.nan_to_num(a)), _limited(np.nan_to_num(b))
        inside = a[MOST_LAG : len(a) - MOST_LAG]
        for k in range(2 * MOST_LAG + 1):
            match[k] += (inside * b[k : k + len(inside)]).sum()
    peak = int(np.clip(match.argmax(), 1, 2 * MOST_LAG - 1))
    before, at, after = match[peak - 1 : peak + 2]
    return peak - MOST_LAG + float((before - after) / (2 * (before - 2 * at + after)))


def _limited(values: Numbers) -> Numbers:
    """(T, 2) cut to the length that 5% exceed, so that a few wild detections do not decide."""
    length = np.hypot(*values.T)
    return values * np.minimum(1, np.percentile(length, 95) / np.maximum(length, 1e-9))[:, None]


def _mean(values: Numbers) -> Numbers:
    """The mean over time of what is known; 0 where nothing is."""
    known = np.isfinite(values)
    return np.where(known, values, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
