"""From footage and a dance to a result in one call: the subject is made once, beside its footage."""

import os
from collections.abc import Callable
from pathlib import Path

from motion_transfer.config import Pipeline, share_bounds
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.files import check_outside_subjects
from motion_transfer.footage_check.check import FootageCheck
from motion_transfer.marking.consent import consent_of, parse_consent
from motion_transfer.pose_cache import PoseCache
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.subject import DESCRIPTION, Subject, load_subject
from motion_transfer.synthesis.backdrop import check_file, check_name
from motion_transfer.training.run.run_dir import check_same_run
from motion_transfer.types import StrPath
from motion_transfer.video import probe
from motion_transfer.workflows.record import hash_footage
from motion_transfer.workflows.train import lasting_settings, train
from motion_transfer.workflows.transfer import Transfer, open_files, transfer

SUFFIX = ".subject"


def perform(
    dance: StrPath,
    person: StrPath,
    out: StrPath,
    options: TransferOptions = TransferOptions(),
    *,
    pipeline: Pipeline = Pipeline(),
    minutes: float = 0.0,
    subject: StrPath | None = None,
    force: bool = False,
    consent: str | None = None,
    inspect: Callable[[FootageCheck], None] | None = None,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> Transfer:
    """Make a video of a person performing a dance: `train`, unless that was done before, and `transfer`.

        perform("dance.mp4", "me.mp4", "out.mp4")

    Args:
        dance: the source video.
        person: footage of the target person, ten seconds or more, or a picture.
        out: the video to write, see `transfer`.
        options: as of `transfer`.
        pipeline: all its stages are used.
        minutes: how long to train, in all; 0 for not at all.
        subject: the subject's folder; `subject_folder(person)` if not given. One that holds a subject of the same
            footage and settings, trained as long or longer, is used as it is.
        force: as of `TrainOptions`.
        consent: as of `TrainOptions`.
        inspect: given the footage check where a subject is made.
        cache: where estimated poses are kept, see `open_cache`.
        progress: called with (stage, done, total).

    Raises:
        SubjectError: the subject's folder holds another subject.
        VideoError, PoseError, TrainingError, ConfigError, OutputError: see their messages.
        KeyboardInterrupt: the same call goes on where this one stopped.
    """
    folder = subject_folder(person) if subject is None else Path(subject)
    check_name(options.background)
    check_file(options.background)
    check_outside_subjects(Path(out), planned=folder)
    open_files(dance, out, options, pipeline, (person,))
    probe(person)
    pipeline = share_bounds(pipeline, None, minutes)
    how = TrainOptions(device=options.device, force=force, consent=consent)
    made = _find_subject(folder, Path(person), pipeline, consent)
    if made is None:
        made = train(person, folder, pipeline, how, inspect=inspect, measured=False, cache=cache, progress=progress)
    return transfer(dance, made, out, options, pipeline=pipeline, cache=cache, progress=progress)


def subject_folder(person: StrPath) -> Path:
    """Where the subject of some footage is kept: beside it, under its name."""
    return Path(person).with_suffix(SUFFIX)


def _find_subject(folder: Path, footage: Path, pipeline: Pipeline, consent: str | None) -> Subject | None:
    """The subject in a folder, if there is one that is trained as long as the pipeline says and knows of the consent.

    Raises:
        SubjectError: it is of other footage, or was made with other settings.
    """
    if not os.path.exists(folder / DESCRIPTION):  # Path.exists raises where a name is too long
        return None
    subject = load_subject(folder)
    run = {"sha256": hash_footage(footage), "given_poses": False, "pipeline": lasting_settings(pipeline)}
    check_same_run(folder, subject.record["footage"] | {"pipeline": lasting_settings(subject.pipeline)}, run)
    trained = pipeline.train.minutes <= subject.pipeline.train.minutes
    known = consent is None or parse_consent(consent) == consent_of(subject.record)
    return subject if trained and known else None
