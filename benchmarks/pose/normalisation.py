"""How near each method of normalisation comes to the target person's true pose.

The same dance on a source and on a target person gives the true pose of every frame. The target's statistics come from
other footage of theirs. Without --detected both are the true joints, and nothing is rendered; with it the poses are
those that are found in the samples and, from the second pair on, in clips that are rendered.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.clips import Library, true_poses
from benchmarks.harness import Column, Table, Workspace
from benchmarks.pose.published import publish
from motion_transfer.config import NormaliseSettings, PoseSettings
from motion_transfer.errors import ConfigError
from motion_transfer.evaluation.metrics.pose_distance import displacements, parts_of, torso_length
from motion_transfer.pose import PoseSequence, clean_poses, load_poses, measure_body, normalise_poses
from motion_transfer.progress import track
from motion_transfer.types import Numbers
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip
from samples.dancer.scene import SCENES
from samples.make import DANCE, FOOTAGE, HERE, TRUTH

Pair = tuple[Clip, Clip, Clip]  # the dance on the source, the same dance on the target, and the target's footage

SIZES = ((640, 360), (360, 640), (512, 512), (480, 640), (640, 480))
ZOOMS = (1.0, 0.8, 0.6)
FLAT = 0.01  # metres above its lowest place at which an ankle still stands on the floor
FOOTAGE_SEED = 1000
METHODS: dict[str, Callable[[PoseSequence, PoseSequence], PoseSequence]] = {
    "published": publish,
    "edn, usual place": lambda poses, footage: _ours(poses, footage, method="edn", place="usual"),
    "edn": lambda poses, footage: _ours(poses, footage, method="edn"),
    "limbs, usual place": lambda poses, footage: _ours(poses, footage, method="limbs", place="usual"),
    "limbs": lambda poses, footage: _ours(poses, footage, method="limbs"),
}
MEASURED = ("body", "without_offset", "offset_to_the_right", "offset_downwards", "face", "hands", "ankles")
DISTANCES = [Column(name, name.replace("_", " "), ".1f", "lower") for name in MEASURED]
NOTE = """\
In % of the target's torso. Body, face, hands: mean distance from the true joints. Offset: the body's mean displacement,
as a size; with it taken away, the body's distance is that of the second column. Ankles: mean difference in height of
the standing feet's ankles from the true ones."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pairs", type=int, default=12, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of pairs, scenes and choreographies")
    parser.add_argument("--detected", action="store_true", help="poses found in the samples and in rendered clips")


def run(options: argparse.Namespace, work: Workspace) -> Sequence[Table]:
    pairs = choose_pairs(options.pairs, options.seed, small=options.detected)
    library = Library(work.folder, workers=options.workers, progress=work.progress)
    results = [measure(pair, options, library) for pair in track(pairs, "pairs", len(pairs), work.progress)]
    means = []
    for name in METHODS:
        scores = [result["scores"][name] for result in results]
        means.append({"method": name} | {c.name: np.mean([abs(score[c.name]) for score in scores]) for c in DISTANCES})
    each = [
        {key: result[key] for key in ("source", "target")}
        | {name: result["scores"][name]["body"] for name in METHODS}
        | {"ankles": result["scores"]["limbs"]["ankles"]}
        for result in results
    ]
    columns = [Column(name, name, ".1f", "lower") for name in (*METHODS, "ankles")]
    note = "The body's distance by each method, and the ankles' by the last one."
    return [
        Table(f"Mean of {len(pairs)} pairs", [Column("method", "method"), *DISTANCES], means, NOTE),
        Table("Each pair", [Column("source", "source"), Column("target", "target"), *columns], each, note),
    ]


def choose_pairs(count: int, seed: int, *, small: bool = False) -> list[Pair]:
    """Pairs that differ in build, distance, camera height and aspect; with `small` the samples and small clips.

    Raises:
        ConfigError: not a number of pairs that can be made.
    """
    names = list(CHARACTERS)
    if not 1 <= count <= len(names) * (len(names) - 1):
        raise ConfigError(f"`pairs` is {count}; expected 1 to {len(names) * (len(names) - 1)}.")
    rng = np.random.default_rng(seed)
    couples = [(a, b) for a in names for b in names if a != b]
    pairs = [(DANCE, TRUTH, FOOTAGE)] if small else []
    for i, couple in enumerate(rng.permutation(len(couples))[: count - len(pairs)]):
        scenes = rng.permutation(list(SCENES))[:2].tolist()
        sizes = [SIZES[k] for k in rng.permutation(len(SIZES))[:2]]
        zooms = [float(z) for z in rng.choice(ZOOMS, 2)]
        fps, seconds, rate, footage = Fraction(25, 2), 10.0, Fraction(5), 40.0
        if small:
            sizes = [(w * 3 // 5 // 2 * 2, h * 3 // 5 // 2 * 2) for w, h in sizes]
            fps, seconds, rate, footage = Fraction(15), 6.0, Fraction(15, 2), 30.0
        dance, truth = (
            Clip(who, "dance", scene, size, fps, seconds, seed=seed + i, zoom=zoom)
            for who, scene, size, zoom in zip(couples[couple], scenes, sizes, zooms, strict=True)
        )
        other = replace(truth, choreography="footage", fps=rate, seconds=footage, seed=truth.seed + FOOTAGE_SEED)
        pairs.append((dance, truth, other))
    return pairs


def measure(pair: Pair, options: argparse.Namespace, library: Library) -> dict[str, Any]:
    """Every method's distances on one pair."""
    dance, truth, footage = pair
    true, space = true_poses(truth)
    if options.detected:
        settings = PoseSettings()
        target = load_poses(HERE / "footage.npz") if footage == FOOTAGE else library.poses(library.video(footage))
        source = clean_poses(library.poses(library.video(dance)), settings)
        target = clean_poses(target, replace(settings, smoothing="none"))
    else:
        source, target = true_poses(dance)[0], true_poses(footage)[0]
    scores = {name: compare(method(source, target), true, space) for name, method in METHODS.items()}
    return {"source": _label(dance), "target": _label(truth), "scores": scores}


def compare(poses: PoseSequence, truth: PoseSequence, space: Numbers) -> dict[str, float]:
    """Distance of normalised poses from the true ones, in percent of the torso; see `NOTE`."""
    torso, body = torso_length(truth), truth.skeleton.body
    distance = distances(poses, truth)
    both = (poses.score > 0) & (truth.score > 0)
    moved = np.where(both[..., None], poses.xy - truth.xy, np.nan)
    offset = np.nanmean(np.nanmean(moved[both[:, body].any(axis=1), body], axis=1), axis=0)
    still = replace(poses, xy=poses.xy - offset.astype(np.float32))
    ankles = [truth.skeleton.index(f"{side}_ankle") for side in ("right", "left")]
    standing = space[:, ankles, 1] < np.nanmin(space[:, ankles, 1]) + FLAT
    return {
        "body": distance["body"],
        "without_offset": distances(still, truth)["body"],
        "offset_to_the_right": float(offset[0]) / torso * 100,
        "offset_downwards": float(offset[1]) / torso * 100,
        "face": distance["face"],
        "hands": distance["hands"],
        "ankles": float(np.nanmean(np.abs(moved[:, ankles, 1][standing]))) / torso * 100,
    }


def distances(poses: PoseSequence, truth: PoseSequence) -> dict[str, float]:
    """Mean distance over a clip of the joints that both have, by part, in percent of the truth's torso."""
    apart = 100 / torso_length(truth) * np.linalg.norm(displacements(poses, truth), axis=-1)
    return {part: float(np.nanmean(apart[:, joints], dtype=np.float64)) for part, joints in parts_of(poses).items()}


def _label(clip: Clip) -> str:
    return f"{clip.character}, {clip.scene}, {clip.size[0]} × {clip.size[1]}, {clip.zoom:g}"


def _ours(poses: PoseSequence, footage: PoseSequence, **settings: Any) -> PoseSequence:
    return normalise_poses(poses, measure_body(poses), measure_body(footage), NormaliseSettings(**settings))
