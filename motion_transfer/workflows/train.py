"""Learning a subject, end to end: study the footage, train, measure on the held-out end, save."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from motion_transfer.config import Pipeline, pipeline_to_dict
from motion_transfer.evaluation import nearest_poses, person_similarity
from motion_transfer.exemplars import select_exemplars
from motion_transfer.files import atomic_path
from motion_transfer.footage import Footage, fingerprint, preprocess_footage, split_footage
from motion_transfer.footage_check import FootageCheck, check_footage
from motion_transfer.models import choose_device
from motion_transfer.pose import LARGEST, PoseSequence, draw_frame, drawable, measure_body
from motion_transfer.pose_cache import PoseCache
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.subject import Subject, load_subject, save_subject
from motion_transfer.synthesis import synthesise
from motion_transfer.training import (
    TrainingState,
    plot_losses,
    process_group,
    processes,
    rank,
    result_of,
    stages_of,
    train_networks,
    wait_for_all,
)
from motion_transfer.training.run.run_dir import lock_run_dir
from motion_transfer.types import Frame
from motion_transfer.version import __version__
from motion_transfer.video import probe

HELD_OUT_FRAMES = 300
"""Held-out frames that are measured at most: more changes the mean little and takes minutes."""

PREVIEW_COLUMNS = 6

CHECKED = "footage-checked"
"""An empty file in the training folder that says that the footage was looked at and accepted."""

BOUNDS = ("steps", "minutes", "epochs")
HOUSEKEEPING = ("checkpoint_minutes", "keep", "sheet_minutes", "result", "tensorboard", "workers")
ECONOMY = ("batch", "accumulate", "precision", "recompute", "compile")
FREE_TO_CHANGE = {*BOUNDS, *HOUSEKEEPING, *ECONOMY}
"""Training settings that may differ when a run is resumed: they bound it, or fit it to a machine."""


def train(
    footage: Path,
    out: Path,
    pipeline: Pipeline = Pipeline(),
    *,
    poses: PoseSequence | None = None,
    person: str = LARGEST,
    device: str | None = None,
    inspect: Callable[[FootageCheck], None] | None = None,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> Subject:
    """Learn a subject from footage of the target person, or go on where an earlier run stopped.

    Args:
        footage: video of one person, filmed by a still camera; some minutes of varied movement.
        out: the subject's folder. Where it holds an unfinished run on the same footage with the same
            settings, that run is resumed; a finished one is trained further if the bounds were raised.
        pipeline: its pose, draw, model and train stages are used; the whole of it is kept in the subject.
        poses: raw poses of the footage, if they come from elsewhere.
        person: who of several people, see `choose_person`; of use where the poses are found here.
        device: "cpu", "cuda", ...; the fastest there is if not given.
        inspect: given the check of the footage once its poses are known, before training; what it raises stops the
            run (`refuse_hopeless`). Without it the footage is not checked.
        cache: where poses that were found before are kept, see `open_cache`; without it they are found anew.
        progress: called with (stage, done, total).

    Returns:
        The subject, as it was saved. `record["held_out"]` compares it with two baselines on frames that
        were never trained on: inside the person's box, on the canvas.

    Raises:
        VideoError, PoseError, SubjectError, TrainingError, OutputError: see their messages.
        KeyboardInterrupt: SIGINT or SIGTERM; the run was saved and the same call resumes it.
    """
    stages_of(pipeline)  # refuses what cannot work together, before anything is made
    training = out / "training"
    with process_group(choose_device(device)) as processor:
        if rank() > 0:  # one of several processes: the first has the folder and writes, this one only computes
            wait_for_all()
            preprocessed = preprocess_footage(footage, training / "footage", pipeline, poses=poses, person=person)
            train_networks(preprocessed, training, pipeline, processor)
            wait_for_all()
            return load_subject(out)
        source = probe(footage)
        identity = {"sha256": fingerprint(footage), "given_poses": _digest(poses)}
        if person != LARGEST:
            identity["person"] = person
        with lock_run_dir(out, identity | {"pipeline": _shape_of(pipeline)}):
            preprocessed = preprocess_footage(
                footage, training / "footage", pipeline, poses=poses, person=person, cache=cache, progress=progress
            )
            if inspect is not None and not (training / CHECKED).exists():
                inspect(check_footage(footage, poses=preprocessed.poses, settings=pipeline.pose, progress=progress))
                (training / CHECKED).touch()
            wait_for_all()
            state = train_networks(preprocessed, training, pipeline, processor, progress=progress)
            record = {
                "made_by": f"motion_transfer {__version__}",
                "versions": {name: version(name) for name in ("torch", "mediapipe", "numpy")},
                "footage": {
                    "name": footage.name,
                    **identity,
                    "fps": str(source.fps),
                    "frames": len(preprocessed.poses),
                    "frames_without_person": int((~preprocessed.poses.present).sum()),
                },
                "training": _account(state, processor),
            }
            _save(out, pipeline, preprocessed, state, record, processor, progress)
            plot_losses(training)
        wait_for_all()
    return load_subject(out)


def _save(
    out: Path,
    pipeline: Pipeline,
    footage: Footage,
    state: TrainingState,
    record: dict[str, Any],
    device: torch.device,
    progress: ProgressCallback,
) -> None:
    """Write the subject, and measure it on the frames that were held out."""
    body = measure_body(footage.poses, pipeline.normalise.depth_margin)
    looks = select_exemplars(footage, pipeline)
    subject = Subject(pipeline, body, footage.canvas, footage.background, result_of(state), looks, record)
    # Saved and read back before it is measured, so that the figures are those of the weights people get.
    save_subject(out, subject)
    held_out, preview = _measure(load_subject(out), footage, device, progress)
    save_subject(out, replace(subject, record=subject.record | {"held_out": held_out}))
    with atomic_path(out / "preview.png") as path:
        path.write_bytes(cv2.imencode(".png", preview[..., ::-1])[1].tobytes())


def _account(state: TrainingState, device: torch.device) -> dict[str, Any]:
    """What the training took and came to, as JSON values."""
    stages = {
        name: {"minutes": round(stage["seconds"] / 60, 2)} | {key: stage[key] for key in stage if key != "seconds"}
        for name, stage in state.history.items()
    }
    return {
        "steps": state.step,
        "minutes": round(state.seconds / 60, 2),
        "device": str(device),
        "processes": processes(),
        "losses": state.losses,
        "stages": stages,
    }


def _digest(poses: PoseSequence | None) -> str | bool:
    """SHA-256 of given poses, in hexadecimal; False if none are given."""
    if poses is None:
        return False
    digest = hashlib.sha256(poses.xy.tobytes() + poses.score.tobytes())
    if poses.depth is not None:
        digest.update(poses.depth.tobytes())
    return digest.hexdigest()


def _shape_of(pipeline: Pipeline) -> dict[str, Any]:
    """The settings that a run in progress depends on."""
    tables = pipeline_to_dict(pipeline)
    shape: dict[str, Any] = {name: tables[name] for name in ("pose", "draw", "model")}
    shape["pose"] = {key: value for key, value in tables["pose"].items() if key != "workers"}
    for name in ("train", "train_local", "train_face"):
        shape[name] = {key: value for key, value in tables[name].items() if key not in FREE_TO_CHANGE}
    return shape


def _measure(
    subject: Subject, footage: Footage, device: torch.device, progress: ProgressCallback
) -> tuple[dict[str, Any], Frame]:
    """Run the subject over the held-out end of its own footage; the figures, and a sheet pose | truth | result."""
    known, unseen = split_footage(len(footage.poses), subject.pipeline.train.held_out)
    unseen = unseen[:HELD_OUT_FRAMES] or known[-1:]
    poses = footage.poses[unseen.start : unseen.stop]
    made = synthesise(subject, poses, device)
    viewport = footage.viewport[unseen.start : unseen.stop]
    made = track(made, "measuring", len(unseen), progress)
    results = [viewport.crop(frame, t) for t, frame in enumerate(made)]
    boxes = viewport.points(poses.boxes(margin=0.1)).astype(np.float32)
    nearest = nearest_poses(poses, footage.poses[known.start : known.stop])
    candidates = {
        "result": results,
        "background_alone": map(footage.plate, unseen),
        "nearest_pose": (viewport.crop(footage.full_frame(int(index)), t) for t, index in enumerate(nearest)),
    }
    figures: dict[str, Any] = {
        name: asdict(person_similarity(frames, map(footage.frame, unseen), boxes))
        for name, frames in candidates.items()
    }
    figures["note"] = "inside the person's box, on the canvas; PSNR in dB"
    shown = np.linspace(0, len(unseen) - 1, min(PREVIEW_COLUMNS, len(unseen))).round().astype(int)
    draw = subject.pipeline.draw
    drawn = drawable(poses, draw)
    rows = [
        [draw_frame(drawn, i, footage.canvas, draw, window=viewport.boxes[i]) for i in shown],
        [footage.frame(unseen[i]) for i in shown],
        [results[i] for i in shown],
    ]
    return figures, np.concatenate([np.concatenate(row, axis=1) for row in rows])
