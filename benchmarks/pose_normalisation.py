"""How near each method of normalisation comes to the target person's true pose.

    python -m benchmarks.pose_normalisation
    python -m benchmarks.pose_normalisation --pairs 1 --detected

The same dance on a source and on a target person gives the true pose of every frame. The target's statistics come from
other footage of theirs. Without --detected both are the true joints, and nothing is rendered; with it the poses are
those that are found in the project's samples and, from the second pair on, in clips that are rendered and kept in
--out. docs/pose.md explains the figures.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.published_normalisation import publish
from motion_transfer.cli.console import show_progress
from motion_transfer.config import NormaliseSettings, PoseSettings
from motion_transfer.errors import ConfigError, MotionTransferError
from motion_transfer.evaluation import constant_offset, pose_distance, torso_length
from motion_transfer.pose import (
    PoseSequence,
    clean_poses,
    estimate_poses,
    load_poses,
    measure_body,
    normalise_poses,
    save_poses,
)
from motion_transfer.pose.normalisation.bones import bone_ratios
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from motion_transfer.progress import ProgressCallback, track
from motion_transfer.video import VideoReader
from samples.dancer.characters import CHARACTERS, Skeleton, find_character
from samples.dancer.clip import Clip, write
from samples.dancer.pose import joints
from samples.dancer.scene import SCENES
from samples.make import DANCE, FOOTAGE, TRUTH
from samples.make import HERE as SAMPLES

Array = npt.NDArray[np.floating[Any]]
Pair = tuple[Clip, Clip, Clip]
"""The dance on the source, the same dance on the target, and the target's footage."""

SIZES = ((640, 360), (360, 640), (512, 512), (480, 640), (640, 480))
ZOOMS = (1.0, 0.8, 0.6)
FLAT = 0.01
"""Metres above its lowest place at which an ankle still stands on the floor."""
FOOTAGE_SEED = 1000
CHAINS = {
    "legs": ("left_hip", "left_knee", "left_ankle"),
    "trunk": ("mid_hip", "neck", "nose"),
    "hips": ("mid_hip", "left_hip"),
    "shoulders": ("neck", "left_shoulder"),
    "upper_arm": ("left_shoulder", "left_elbow"),
    "forearm": ("left_elbow", "left_wrist"),
    "hand": ("left_hand_wrist", "left_hand_middle_1"),
    "head": ("face_8", "face_27"),
}
"""The true length of each bone of `measure_bones`."""
METHODS: dict[str, Callable[[PoseSequence, PoseSequence], PoseSequence]] = {
    "published": publish,
    "edn, usual place": lambda poses, footage: _ours(poses, footage, method="edn", place="usual"),
    "edn": lambda poses, footage: _ours(poses, footage, method="edn"),
    "limbs, usual place": lambda poses, footage: _ours(poses, footage, method="limbs", place="usual"),
    "limbs": lambda poses, footage: _ours(poses, footage, method="limbs"),
}
COLUMNS = ("body", "without offset", "offset x", "offset y", "face", "hands", "ankles")
NOTE = """\
In % of the target's torso. Body, face, hands: mean distance from the true joints. Offset: the body's mean displacement
to the right and downwards; with it taken away, the body's distance is that of the second column (means over pairs are
of sizes). Ankles: mean difference in height of the standing feet's ankles from the true ones."""


def choose_pairs(count: int, seed: int, *, small: bool = False) -> list[Pair]:
    """Pairs that differ in build, distance, camera height and aspect; with `small` the samples and small clips.

    Raises:
        ConfigError: not a number of pairs that can be made.
    """
    names = list(CHARACTERS)
    if not 1 <= count <= len(names) * (len(names) - 1):
        raise ConfigError(f"--pairs is {count}; expected 1 to {len(names) * (len(names) - 1)}.")
    rng = np.random.default_rng(seed)
    couples = [(a, b) for a in names for b in names if a != b]
    pairs = [(DANCE, TRUTH, FOOTAGE)] if small else []
    for i, couple in enumerate(rng.permutation(len(couples))[: count - len(pairs)]):
        scenes = rng.permutation(list(SCENES))[:2].tolist()
        sizes = [SIZES[k] for k in rng.permutation(len(SIZES))[:2]]
        zooms = [float(z) for z in rng.choice(ZOOMS, 2)]
        if small:
            sizes = [(w * 3 // 5 // 2 * 2, h * 3 // 5 // 2 * 2) for w, h in sizes]
        fps, seconds, rate, footage = (Fraction(15), 6.0, Fraction(15, 2), 30.0) if small else (
            Fraction(25, 2), 10.0, Fraction(5), 40.0)  # fmt: skip
        dance, truth = (
            Clip(who, "dance", scene, size, fps, seconds, seed=seed + i, zoom=zoom)
            for who, scene, size, zoom in zip(couples[couple], scenes, sizes, zooms, strict=True)
        )
        study = replace(truth, choreography="footage", fps=rate, seconds=footage, seed=truth.seed + FOOTAGE_SEED)
        pairs.append((dance, truth, study))
    return pairs


def true_joints(clip: Clip) -> tuple[PoseSequence, Array]:
    """A clip's true poses, all joints seen but those outside the frame, and the joints in metres (T, 137, 3)."""
    space = clip.joints()
    xy = clip.room().camera.project(space)[..., :2]
    inside = ((xy >= 0) & (xy < np.array(clip.size))).all(axis=2)
    score = np.where(inside, 1, 0.25)
    score[np.isnan(xy).any(axis=2)] = 0
    return PoseSequence(xy.astype(np.float32), score.astype(np.float32), clip.size, clip.fps), space


def found_poses(
    clip: Clip, folder: Path, settings: PoseSettings, workers: int, progress: ProgressCallback
) -> PoseSequence:
    """The poses found in a clip, which is rendered if it is no sample and `folder` does not hold it yet."""
    if clip == FOOTAGE:
        return load_poses(SAMPLES / "footage.npz")
    name = f"{clip.character}-{clip.choreography}-{clip.scene}-{clip.size[0]}x{clip.size[1]}-s{clip.seed}-z{clip.zoom}"
    video = {DANCE: SAMPLES / "dance.mp4", TRUTH: SAMPLES / "truth.mp4"}.get(clip, folder / f"{name}.mp4")
    kept = folder / f"{name}-poses.npz"
    if not kept.exists():
        if not video.exists():
            write(clip, video, workers, progress=progress)
        with VideoReader(video) as reader:
            frames = track(reader, f"finding poses in {name}", len(reader), progress)
            save_poses(kept, estimate_poses(frames, size=reader.size, fps=reader.fps, settings=settings))
    return load_poses(kept)


def compare(poses: PoseSequence, truth: PoseSequence, space: Array) -> dict[str, float]:
    """Distance of normalised poses from the true ones, in percent of the torso; see `NOTE`."""
    torso, body = torso_length(truth), truth.skeleton.body
    distance = pose_distance(poses, truth, torso)
    both = (poses.score > 0) & (truth.score > 0)
    moved = np.where(both[..., None], poses.xy - truth.xy, np.nan)
    offset = np.nanmean(np.nanmean(moved[both[:, body].any(axis=1), body], axis=1), axis=0)
    still = replace(poses, xy=poses.xy - offset.astype(np.float32))
    ankles = [truth.skeleton.index(f"{side}_ankle") for side in ("right", "left")]
    standing = space[:, ankles, 1] < np.nanmin(space[:, ankles, 1]) + FLAT
    return {
        "body": distance.body,
        "without offset": pose_distance(still, truth, torso).body,
        "offset": constant_offset(poses, truth, torso),
        "offset x": float(offset[0]) / torso * 100,
        "offset y": float(offset[1]) / torso * 100,
        "face": distance.face,
        "hands": distance.hands,
        "ankles": float(np.nanmean(np.abs(moved[:, ankles, 1][standing]))) / torso * 100,
    }


def measure_pair(pair: Pair, options: argparse.Namespace, progress: ProgressCallback) -> dict[str, Any]:
    """Every method's figures on one pair."""
    dance, truth, footage = pair
    true, space = true_joints(truth)
    if options.detected:
        settings = PoseSettings()
        if options.known:
            true = clean_poses(found_poses(truth, options.out, settings, options.workers, progress), settings)
        source, target = (
            found_poses(clip, options.out, settings, options.workers, progress) for clip in (dance, footage)
        )
        source, target = clean_poses(source, settings), clean_poses(target, replace(settings, smoothing="none"))
    else:
        source, target = true_joints(dance)[0], true_joints(footage)[0]
    scores = {name: compare(method(source, target), true, space) for name, method in METHODS.items()}
    return {"source": _label(dance), "target": _label(truth), "scores": scores, "bones": _bones(pair, source, target)}


def _bones(pair: Pair, source: PoseSequence, target: PoseSequence) -> dict[str, tuple[float, float]]:
    """For every bone how much longer the target's is, people of one height, and what is believed, in percent."""
    believed = bone_ratios(measure_body(source).bones, measure_body(target).bones)
    lengths = []
    for who in (find_character(clip.character) for clip in pair[:2]):
        body = Skeleton(who)
        at = joints(body, {name: (np.eye(3), place) for name, place in body.rest.items()}) / who.height
        lengths.append({bone: _length(at, chain) for bone, chain in CHAINS.items()})
    return {bone: (100 * lengths[1][bone] / lengths[0][bone] - 100, 100 * believed[bone] - 100) for bone in CHAINS}


def _length(at: Array, chain: Sequence[str]) -> float:
    places = at[[SKELETON.index(joint) for joint in chain]]
    return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())


def page(results: Sequence[dict[str, Any]]) -> str:
    """The tables in Markdown: the mean over pairs, then each pair's body distance."""
    lines = [f"Mean of {len(results)} pairs:", "", "| method | " + " | ".join(COLUMNS) + " |", _rule(len(COLUMNS))]
    for name in METHODS:
        means = [np.mean([abs(result["scores"][name][column]) for result in results]) for column in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(f"{mean:.1f}" for mean in means) + " |")
    lines += ["", "Each pair, body, and the ankles of the last method:", ""]
    lines.append("| source | target | " + " | ".join([*METHODS, "ankles"]) + " |")
    lines.append("|---" + _rule(len(METHODS) + 1))
    for result in results:
        cells = [result["scores"][name]["body"] for name in METHODS] + [result["scores"]["limbs"]["ankles"]]
        lines.append(f"| {result['source']} | {result['target']} | " + " | ".join(f"{x:.1f}" for x in cells) + " |")
    lines += ["", "| bone | people differ by | error of what is believed |", _rule(2)]
    for bone in CHAINS:
        true, believed = np.array([result["bones"][bone] for result in results]).T
        lines.append(f"| {bone} | {np.abs(true).mean():.1f} % | {np.abs(believed - true).mean():.1f} % |")
    return "\n".join([*lines, "", NOTE])


def _rule(columns: int) -> str:
    return "|---" + "|---:" * columns + "|"


def _label(clip: Clip) -> str:
    return f"{clip.character}, {clip.scene}, {clip.size[0]} × {clip.size[1]}, {clip.zoom:g}"


def _ours(poses: PoseSequence, footage: PoseSequence, **settings: Any) -> PoseSequence:
    return normalise_poses(poses, measure_body(poses), measure_body(footage), NormaliseSettings(**settings))


def arguments() -> argparse.ArgumentParser:
    """The command line's options."""
    p = argparse.ArgumentParser(
        prog="python -m benchmarks.pose_normalisation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--pairs", type=int, default=12, metavar="N", help="default 12")
    p.add_argument("--seed", type=int, default=0, metavar="N", help="of pairs, scenes and choreographies")
    p.add_argument("--detected", action="store_true", help="poses found in the samples and in rendered clips")
    p.add_argument("--known", action="store_true", help="with --detected: against the poses found in the true film")
    p.add_argument("--out", type=Path, default=Path("out/normalisation"), metavar="FOLDER", help="of rendered clips")
    p.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes that render")
    p.add_argument("--json", action="store_true", help="print JSON instead of the tables")
    p.add_argument("--quiet", action="store_true", help="show no progress")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 2 for what cannot be done as asked."""
    options = arguments().parse_args(argv)
    try:
        pairs = choose_pairs(options.pairs, options.seed, small=options.detected)
        if options.detected:
            options.out.mkdir(parents=True, exist_ok=True)
        with show_progress(options.quiet) as progress:
            results = [measure_pair(pair, options, progress) for pair in track(pairs, "pairs", len(pairs), progress)]
    except MotionTransferError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(results, indent=2) if options.json else page(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
