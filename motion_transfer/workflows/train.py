"""Training a subject: preprocess the footage, check it, train, measure on the held-out end, save."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motion_transfer.base import base_record
from motion_transfer.config import Pipeline, pipeline_to_dict
from motion_transfer.config.options import LARGEST, TrainOptions
from motion_transfer.evaluation.checks import training_helped
from motion_transfer.evaluation.clips import ClipView
from motion_transfer.evaluation.measure import measure
from motion_transfer.evaluation.metrics.catalogue import RESULT
from motion_transfer.evaluation.statistics import means
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.footage.preprocess import Footage, preprocess_footage, split_footage
from motion_transfer.footage_check.check import FootageCheck, assess, check_footage, refuse_unusable
from motion_transfer.footage_check.frames import FrameMeter
from motion_transfer.marking.consent import keep_consent, parse_consent
from motion_transfer.models.device import choose_device
from motion_transfer.pose import PoseSequence, draw_frame, measure_body
from motion_transfer.pose_cache import PoseCache
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.subject import Subject, build_generator, load_subject, save_subject, save_weights
from motion_transfer.synthesis.frames import synthesise
from motion_transfer.training.distributed import process_group, processes, rank, wait_for_all
from motion_transfer.training.loop import train_networks
from motion_transfer.training.run.plot import plot_losses
from motion_transfer.training.run.run_dir import lock_run_dir
from motion_transfer.training.stages import stages_of
from motion_transfer.training.state import TrainingState, result_of
from motion_transfer.types import Frame, Image, StrPath
from motion_transfer.video import VideoReader, probe
from motion_transfer.workflows.baselines import baselines_of
from motion_transfer.workflows.record import footage_record, hash_footage, version_record, write_preview

HELD_OUT_FRAMES = 120  # that are measured at most: more take minutes
UNTRAINED_FRAMES = 24  # of a subject that is not trained, which should be there in seconds
PREVIEW_COLUMNS = 6
CHECKED = "footage-checked"  # an empty file in the training folder: the footage was checked and accepted

BOUNDS = ("steps", "minutes", "epochs")
HOUSEKEEPING = ("checkpoint_minutes", "keep", "sheet_minutes", "result", "tensorboard", "workers")
ECONOMY = ("batch", "accumulate", "precision", "recompute", "compile")
FREE_TO_CHANGE = {*BOUNDS, *HOUSEKEEPING, *ECONOMY}
"""Training settings that may differ when a run is resumed: they bound it, or fit it to a machine."""


def train(
    footage: StrPath,
    out: StrPath,
    pipeline: Pipeline = Pipeline(),
    options: TrainOptions = TrainOptions(),
    *,
    poses: PoseSequence | None = None,
    inspect: Callable[[FootageCheck], None] | None = None,
    measured: bool = True,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> Subject:
    """Train a subject on footage of the target person, or resume an interrupted run.

    Args:
        footage: video of one person, recorded by a still camera; some minutes of varied movement. Seconds, or a
            picture, do for a subject that is not trained; what they never show is guessed.
        out: the subject's folder. Where it holds an unfinished run on the same footage with the same
            settings, that run is resumed; a finished one is trained further if the bounds were raised.
        pipeline: its pose, draw, model and train stages are used; all of it is kept in the subject.
        options: the person and their consent, the device, and whether to train on footage that the check advises
            against.
        poses: raw poses of the footage, if they come from elsewhere; MediaPipe is not needed then.
        inspect: given the footage check before training; without it `options.force` skips the check.
        measured: without it, a subject that is not trained has no metrics of held-out frames, which take seconds.
        cache: where poses that were found before are kept, see `open_cache`.
        progress: called with (stage, done, total).

    Returns:
        The subject, as it was saved. `record["held_out"]` has the means of its metrics, of the baselines' and of the
        truth's own, on frames that were never trained on: inside the person's mask, see `evaluation.measure`. There
        are none where the footage is too short to hold frames out.

    Raises:
        SubjectError: the footage is not fit for training, or `out` holds another run.
        VideoError, PoseError, TrainingError, OutputError: see their messages.
        KeyboardInterrupt: SIGINT or SIGTERM; the run was saved and the same call resumes it.
    """
    footage, out = Path(footage), Path(out)
    stages_of(pipeline)  # refuses settings that cannot work together, before anything is made
    base = base_record(pipeline.model)
    if base is not None:
        build_generator(pipeline)  # refuses base weights that do not fit it
    consent = None if options.consent is None else parse_consent(options.consent)
    training = out / "training"
    preprocess = partial(
        preprocess_footage, footage, training / "footage", pipeline, poses=poses, person=options.person
    )
    with process_group(choose_device(options.device)) as device:
        if rank() > 0:  # one of several processes: the first one owns the folder and writes
            wait_for_all()
            train_networks(preprocess(), training, pipeline, device)
            wait_for_all()
            return load_subject(out)
        identity = {"sha256": hash_footage(footage), "given_poses": _hash_poses(poses)}
        if options.person != LARGEST:
            identity["person"] = options.person
        with lock_run_dir(out, identity | {"pipeline": lasting_settings(pipeline)}):
            consent = keep_consent(training, consent)
            meter = FrameMeter()
            preprocessed = preprocess(cache=cache, watch=meter.watch, progress=progress)
            checked = training / CHECKED
            if not checked.exists() and (inspect is not None or not options.force):
                if meter.frames == len(preprocessed.poses):
                    fields = probe(footage).interlaced
                    plates = preprocessed.plates
                    check = assess(footage.name, meter, plates, pipeline.pose, progress, interlaced=fields)
                else:  # preprocessed by an earlier call, which was interrupted or refused the footage
                    check = check_footage(footage, poses=preprocessed.poses, settings=pipeline.pose, progress=progress)
                if inspect is not None:
                    inspect(check)
                if not options.force:
                    refuse_unusable(check, footage)
                checked.touch()
            exemplars = select_exemplars(preprocessed, pipeline)
            wait_for_all()
            state = train_networks(preprocessed, training, pipeline, device, exemplars=exemplars, progress=progress)
            record = version_record() | {
                "footage": footage_record(footage, identity, preprocessed.poses),
                "training": _training_record(state, device),
            }
            for name, part in (("base", base), ("consent", consent)):
                if part:
                    record[name] = part
            body = measure_body(preprocessed.poses, pipeline.normalise.depth_margin)
            canvas, plate = preprocessed.canvas, preprocessed.background
            subject = Subject(pipeline, body, canvas, plate, result_of(state), exemplars, record)
            # Saved and read back before it is measured: the metrics are those of what the files keep.
            save_subject(out, subject)
            saved = load_subject(out)
            held_out, preview = _measure(saved, preprocessed, footage, device, progress, measured or state.step > 0)
            subject = replace(subject, record=record | {"held_out": held_out})
            if held_out.get("training_helped") is False:  # a result that is worse than doing nothing is not kept
                subject = replace(subject, generator=build_generator(pipeline).eval())
            save_weights(out, subject)
            subject = load_subject(out)
            write_preview(out, preview)
            plot_losses(training)
        wait_for_all()
    return subject


def _training_record(state: TrainingState, device: torch.device) -> dict[str, Any]:
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
        "perceptual_loss": state.perceptual,
        "losses": state.losses,
        "stages": stages,
    }


def _hash_poses(poses: PoseSequence | None) -> str | bool:
    """SHA-256 of given poses, in hexadecimal; False if none are given."""
    if poses is None:
        return False
    digest = hashlib.sha256(poses.xy.tobytes() + poses.score.tobytes())
    if poses.depth is not None:
        digest.update(poses.depth.tobytes())
    return digest.hexdigest()


def lasting_settings(pipeline: Pipeline) -> dict[str, Any]:
    """The settings that a run in progress and a finished subject depend on, table by table."""
    tables = pipeline_to_dict(pipeline)
    settings: dict[str, Any] = {name: tables[name] for name in ("pose", "draw", "model")}
    settings["pose"] = {key: value for key, value in tables["pose"].items() if key != "workers"}
    for name in ("train", "train_local", "train_face"):
        settings[name] = {key: value for key, value in tables[name].items() if key not in FREE_TO_CHANGE}
    if settings["train"]["vgg"] != "none":
        settings["train"]["vgg"] = "VGG-19"  # whether its weights come from a file or a download makes no difference
    return settings


def _measure(
    subject: Subject, footage: Footage, video: Path, device: torch.device, progress: ProgressCallback, measured: bool
) -> tuple[dict[str, Any], list[list[Image]]]:
    """Metrics of the subject on the held-out end of its own footage, and the preview: pose | truth | result."""
    known, unseen = split_footage(len(footage.poses), subject.pipeline.train.held_out)
    trained = subject.record["training"]["steps"] > 0
    made = unseen[: HELD_OUT_FRAMES if trained else UNTRAINED_FRAMES] or known[-1:]
    poses = footage.poses[made.start : made.stop]
    viewport = footage.viewport[made.start : made.stop]
    shown = np.linspace(0, len(made) - 1, min(PREVIEW_COLUMNS, len(made))).round().astype(int).tolist()
    results: dict[int, Image] = {}

    def generated() -> Iterator[Frame]:
        for t, frame in enumerate(synthesise(subject, poses, device)):
            if t in shown:
                results[t] = viewport.crop(frame, t)
            yield frame

    metrics: dict[str, Any] = {"frames": 0}
    if unseen and measured:
        videos = {RESULT: generated(), **(baselines_of(subject, poses, footage, known) if trained else {})}
        truth, settings = ClipView(VideoReader(video), made), subject.pipeline.pose
        series, _ = measure(videos, truth, poses, [poses], settings=settings, person_only=True, progress=progress)
        metrics |= {name: means(each) for name, each in series.items()}
        if helped := training_helped(metrics[RESULT], metrics):
            metrics["training_helped"] = helped.kept
        metrics["frames"] = int(np.isfinite(series[RESULT].get("person_psnr", np.empty(0))).sum())
        metrics["note"] = "inside the person's mask, in pixels of the footage; PSNR in dB, flicker in grey levels"
    else:
        deque(generated(), maxlen=0)
    draw = subject.pipeline.draw
    preview: list[list[Image]] = [
        [draw_frame(poses, i, footage.canvas, draw, crop=viewport.boxes[i]) for i in shown],
        [footage.frame(made[i]) for i in shown],
        [results[i] for i in shown],
    ]
    return metrics, preview
