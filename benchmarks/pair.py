"""One pair of the paired benchmark: a dance rendered on two people, transferred from one to the other and measured.

The work is kept in a folder, step by step, so that what was interrupted goes on:

    pair.json                       what is rendered here
    dance.mp4, truth.mp4            the same choreography on the source and on the target, each with its truth (.npz)
    footage.mp4                     what the target is learned from: another choreography, another seed
    dance-poses.npz, truth-poses.npz    raw poses, as they are detected
    subject/                        the learned target
    results-<fingerprint>/          of one state of the subject: result.mp4, oracle.mp4, their poses, sheet.jpg
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.pair_pictures import draw_sheet, frames_at, frames_of
from benchmarks.pair_scores import measure_pictures, measure_poses, true_poses
from motion_transfer.config import Pipeline, PoseSettings, pipeline_to_dict
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.errors import OutputError, PoseError, SubjectError
from motion_transfer.evaluation import nearest_poses, torso_length
from motion_transfer.files import atomic_path
from motion_transfer.footage import split_footage
from motion_transfer.models import choose_device
from motion_transfer.pose import (
    PoseSequence,
    clean_poses,
    empty,
    estimate_poses,
    load_poses,
    measure_body,
    normalise_poses,
    save_poses,
)
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.subject import Subject, load_subject, read_pipeline
from motion_transfer.synthesis import synthesise
from motion_transfer.video import VideoReader, VideoWriter
from motion_transfer.workflows.train import train
from motion_transfer.workflows.transfer import transfer
from samples.dancer.clip import Clip, Truth, load_truth, write

Frame = npt.NDArray[np.uint8]

SAME_ROOM = 15.0
"""Grey levels of 255 by which two plates of one room may differ on average; two rooms differ by more."""


@dataclass(frozen=True)
class Pair:
    """The three clips that are rendered."""

    dance: Clip
    """The source."""
    truth: Clip
    """The target in the very same dance, in another scene: what a perfect transfer shows."""
    footage: Clip
    """The target in another dance, in the scene of `truth`."""

    @property
    def name(self) -> str:
        """Source and target: "bruno-amara"."""
        return f"{self.dance.character}-{self.truth.character}"


def measure_pair(
    pair: Pair,
    folder: Path,
    pipeline: Pipeline,
    *,
    subject: Path | None = None,
    footage: Path | None = None,
    device: str | None = None,
    workers: int = 1,
    progress: ProgressCallback = no_progress,
) -> dict[str, Any]:
    """Render, learn, transfer and measure, as far as it has not been done yet.

    Args:
        pair: what to render.
        folder: where the work is kept; its parent exists.
        pipeline: how the target is learned and the dance transferred.
        subject: a learned subject of the target in the truth's scene, instead of learning one. Its own
            pipeline is used.
        footage: with `subject`, what it was learned from; without it there is no nearest training frame.
        device: "cpu", "cuda", ...; the fastest there is if not given.
        workers: processes that render.
        progress: called with (stage, done, total).

    Returns:
        JSON values: the pair, the training, and as `pictures` and `poses` the figures of docs/benchmark.md.

    Raises:
        MotionTransferError: see the message.
    """
    if subject is not None:
        pipeline = read_pipeline(subject)
    _claim(folder, pair, pipeline.pose)
    dance = _render(pair.dance, folder / "dance.mp4", workers, progress)
    truth = _render(pair.truth, folder / "truth.mp4", workers, progress)
    true = load_truth(truth.with_suffix(".npz"))
    if subject is None:
        footage = _render(pair.footage, folder / "footage.mp4", workers, progress)
        subject = folder / "subject"
        person = _learn(footage, subject, pipeline, device, progress)
    else:
        person = load_subject(subject)
        _check_room(person, subject, true, pair.truth)

    danced = _detect(dance, folder / "dance-poses.npz", pipeline.pose, progress)
    detected = _detect(truth, folder / "truth-poses.npz", pipeline.pose, progress)
    normalised = _normalise(clean_poses(danced, pipeline.pose), person)

    results = folder / f"results-{_fingerprint(subject)}"
    results.mkdir(exist_ok=True)
    result, oracle = results / "result.mp4", results / "oracle.mp4"
    if not result.exists():
        transfer(dance, person, result, TransferOptions(device=device), poses=danced, progress=progress)
    oracle_poses = clean_poses(detected, pipeline.pose)
    if not oracle.exists():
        _generate(person, oracle_poses, oracle, device, progress)
    if not (results / "sheet.jpg").exists():
        draw_sheet(results / "sheet.jpg", dance, result, oracle, truth, normalised, person)

    candidates: dict[str, Callable[[], Iterable[Frame]]] = {
        "result": lambda: frames_of(result),
        "oracle": lambda: frames_of(oracle),
        "background_alone": lambda: [person.background] * len(detected),
    }
    if footage is not None:
        known = _known_poses(subject, footage, folder, pipeline, progress)
        nearest = nearest_poses(normalised, known).tolist()
        candidates["nearest_pose"] = lambda: frames_at(footage, nearest)
    joints = true_poses(true)
    danced_joints = true_poses(load_truth(dance.with_suffix(".npz")))
    on_result = _detect(result, results / "result-poses.npz", pipeline.pose, progress)
    on_oracle = _detect(oracle, results / "oracle-poses.npz", pipeline.pose, progress)
    return {
        "source": pair.dance.character,
        "target": pair.truth.character,
        "scenes": [pair.dance.scene, pair.truth.scene],
        "frames": len(detected),
        "torso": torso_length(joints),
        "subject": str(subject),
        "training": person.record["training"],
        "pictures": measure_pictures(candidates, truth, true, joints, progress),
        "poses": {
            # True joints are all known: there is no detection that could be missed.
            "normalised_truth": measure_poses(_normalise(danced_joints, person), joints),
            "normalised": measure_poses(normalised, joints, detected=detected),
            "on_result": measure_poses(on_result, joints, given=normalised, detected=detected),
            "on_oracle": measure_poses(on_oracle, joints, given=oracle_poses, detected=detected),
            "on_truth": measure_poses(detected, joints),
        },
    }


# ---------------------------------------------------------------- the steps whose results are kept
def _claim(folder: Path, pair: Pair, pose: PoseSettings) -> None:
    """Make `folder` the place of this pair, and refuse it if it is another's."""
    marker = folder / "pair.json"
    now: dict[str, Any] = json.loads(json.dumps(asdict(pair) | {"pose": asdict(pose)}, default=str))
    if marker.is_file():
        before = json.loads(marker.read_text(encoding="utf-8"))
        changed = [
            f"{clip}.{key} was {before[clip].get(key)!r}, is {value!r}"
            for clip, table in now.items()
            for key, value in table.items()
            if before[clip].get(key) != value
        ]
        if changed:
            raise OutputError(
                f"{folder} holds another pair ({'; '.join(changed)}). Choose another --out, or delete it."
            )
        return
    folder.mkdir(exist_ok=True)
    if any(folder.iterdir()):
        raise OutputError(f"{folder} is a folder with other files in it. Choose another --out, or empty it.")
    with atomic_path(marker) as path:
        path.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")


def _render(clip: Clip, video: Path, workers: int, progress: ProgressCallback) -> Path:
    if not video.with_suffix(".npz").exists():  # it appears last
        write(clip, video, workers, progress=progress)
    return video


def _learn(footage: Path, folder: Path, pipeline: Pipeline, device: str | None, progress: ProgressCallback) -> Subject:
    """The subject in `folder`, learned or learned further if it is not yet what `pipeline` asks for."""
    if (folder / "subject.json").is_file() and read_pipeline(folder) == pipeline:
        subject = load_subject(folder)
        if "held_out" in subject.record:
            return subject
    return train(footage, folder, pipeline, TrainOptions(device=device, force=True), progress=progress)


def _detect(video: Path, kept: Path, settings: PoseSettings, progress: ProgressCallback) -> PoseSequence:
    """The raw poses detected on a video; all missing if nobody is found in it."""
    if not kept.exists():
        with VideoReader(video) as reader:
            frames = track(reader, f"poses of {video.name}", len(reader), progress)
            try:
                poses = estimate_poses(frames, size=reader.size, fps=reader.fps, settings=settings, name=str(video))
            except PoseError:  # nobody found: on generated frames a figure like any other
                poses = empty(len(reader), reader.size, reader.fps)
        save_poses(kept, poses)
    return load_poses(kept)


def _normalise(poses: PoseSequence, subject: Subject) -> PoseSequence:
    settings = subject.pipeline.normalise
    return normalise_poses(poses, measure_body(poses, settings.depth_margin), subject.body, settings)


def _generate(
    subject: Subject, poses: PoseSequence, video: Path, device: str | None, progress: ProgressCallback
) -> None:
    frames = synthesise(subject, poses, choose_device(device))
    with VideoWriter(video, size=subject.size, fps=poses.fps, settings=subject.pipeline.encode) as writer:
        for frame in track(frames, "oracle", len(poses), progress):
            writer.write(frame)


def _known_poses(
    subject: Path, footage: Path, folder: Path, pipeline: Pipeline, progress: ProgressCallback
) -> PoseSequence:
    """Poses of the part of the footage that was trained on."""
    preprocessed = subject / "training" / "footage" / "poses.npz"
    poses = load_poses(preprocessed) if preprocessed.exists() else None
    if poses is None:
        poses = clean_poses(_detect(footage, folder / "footage-poses.npz", pipeline.pose, progress), pipeline.pose)
    known, _ = split_footage(len(poses), pipeline.train.held_out)
    return poses[: known.stop]


def _fingerprint(subject: Path) -> str:
    """Changes with everything of a subject that shows in its results."""
    digest = hashlib.sha256(json.dumps(pipeline_to_dict(read_pipeline(subject))).encode())
    for name in ("generator.safetensors", "background.png"):
        digest.update((subject / name).read_bytes())
    return digest.hexdigest()[:12]


def _check_room(person: Subject, folder: Path, truth: Truth, clip: Clip) -> None:
    if person.size != truth.size:
        raise SubjectError(
            f"{folder} makes frames of {person.size[0]} x {person.size[1]} pixels, the truth has "
            f"{truth.size[0]} x {truth.size[1]}. Choose another --out, for a truth of its size."
        )
    difference = float(cv2.absdiff(person.background, truth.background).mean())
    if difference > SAME_ROOM:
        raise SubjectError(
            f"{folder} was not learned in the scene {clip.scene!r}: its background differs by {difference:.0f} grey "
            "levels. Name the scene of its footage with --scenes SOURCE TARGET, and another --out."
        )
