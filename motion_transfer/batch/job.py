"""What a batch is asked to make: a transfer, or a subject trained on footage."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from motion_transfer.batch.storage import Location, digest, file_name, stamp
from motion_transfer.config import Pipeline, load_pipeline, share_bounds
from motion_transfer.config.options import Steps, TrainOptions, TransferOptions
from motion_transfer.config.stages import Minutes
from motion_transfer.marking.identity import signing_file
from motion_transfer.pose_cache import CLEANING
from motion_transfer.subject import read_pipeline
from motion_transfer.synthesis.backdrop import background_file

Value = str | bool | int | float
Settings = tuple[tuple[str, Value], ...]
"""Settings that differ from the usual ones, such as ("pose.smoothing", "none"), in alphabetical order."""

SUBJECT_FILES = ("subject.json", "generator.safetensors", "background.png", "exemplars.npz")
"""What a transfer reads of a subject; the last two are not in every one."""


@dataclass(frozen=True)
class Job:
    """A transfer to make; the fields are the arguments of `transfer`."""

    source: Location  # video of the dance: a path, or an address such as "s3://bucket/dance.mp4"
    subject: Path  # folder of the subject
    output: Location  # the video to write, a path or an address
    options: TransferOptions = TransferOptions()  # without a device, it is the batch's
    poses: Path | None = None  # raw poses of the dance, instead of estimating them
    settings: Settings = ()  # settings that differ from the subject's own
    line: int = field(default=0, compare=False)  # of the manifest; 0 if there is none

    @property
    def name(self) -> str:
        """Its name in lists: the output's file name."""
        return file_name(self.output)

    @property
    def inputs(self) -> tuple[Location | None, ...]:
        """The files that it reads."""
        subject = [self.subject / name for name in SUBJECT_FILES]
        signing = signing_file(self.options.sign_with)
        return self.source, self.poses, background_file(self.options.background), signing, *subject

    @property
    def divisible(self) -> bool:
        """Whether its clip can be cut, made in parts and joined."""
        plain = not self.options.side_by_side and self.options.background != "transparent"
        return plain and Path(self.name).suffix.lower() in (".mp4", ".m4v", ".mov", ".mkv")

    def load_pipeline(self) -> Pipeline:
        """The subject's pipeline with this job's settings.

        Raises:
            SubjectError: the subject cannot be read.
            ConfigError: a setting is out of its range.
        """
        return with_values(read_pipeline(self.subject), self.settings)

    def poses_key(self) -> str | None:
        """Equal for jobs that need the same poses; None where they are given."""
        if self.poses is not None:
            return None
        options = self.options
        settings = {name: value for name, value in asdict(self.load_pipeline().pose).items() if name not in CLEANING}
        return json.dumps([str(self.source), options.start, options.end, options.person, settings], sort_keys=True)

    def fingerprint(self) -> str:
        """Changes when the job or one of its files does."""
        subject_files = [self.subject / name for name in SUBJECT_FILES]
        return fingerprint_of(self, self.source, *subject_files, background_file(self.options.background), self.poses)


@dataclass(frozen=True)
class TrainingJob:
    """A subject to train; the fields are the arguments of `train`."""

    source: Location  # footage of the person: a path, or an address such as "s3://bucket/me.mp4"
    subject: Path  # folder to make
    options: TrainOptions = TrainOptions()  # without a device, it is the batch's
    pipeline: str = "default"  # name of a pipeline, or a TOML file
    steps: Steps | None = None  # train for this many steps in all, instead of the pipeline's bounds
    minutes: Minutes | None = None  # train for so many minutes in all, instead of the pipeline's bounds
    poses: Path | None = None  # raw poses of the footage, instead of estimating them
    settings: Settings = ()  # settings that differ from the pipeline's
    line: int = field(default=0, compare=False)  # of the manifest; 0 if there is none

    @property
    def name(self) -> str:
        """Its name in lists."""
        return self.subject.name

    @property
    def inputs(self) -> tuple[Location | None, ...]:
        """The files that it reads."""
        return self.source, self.poses, self._pipeline_file

    @property
    def output(self) -> Path:
        """The file that is written last: a folder that has it is complete."""
        return self.subject / "subject.json"

    def load_pipeline(self) -> Pipeline:
        """The pipeline with this job's settings.

        Raises:
            ConfigError: there is no such pipeline, or a setting is out of its range.
        """
        return share_bounds(with_values(load_pipeline(self.pipeline), self.settings), self.steps, self.minutes)

    def fingerprint(self) -> str:
        """Changes when the job or one of its files does."""
        return fingerprint_of(self, self.source, self.poses, self._pipeline_file)

    @property
    def _pipeline_file(self) -> Path | None:
        return Path(self.pipeline) if self.pipeline.endswith(".toml") else None


def fingerprint_of(job: Job | TrainingJob, *files: Location | None) -> str:
    """A hash of a job's arguments but for its place, and of the sizes and times of change of its files."""
    arguments = {name: value for name, value in asdict(job).items() if name not in ("output", "line")}
    return digest([arguments, [stamp(file) for file in files if file is not None]])


def with_values(pipeline: Pipeline, values: Settings) -> Pipeline:
    """The pipeline with single settings, each named "stage.setting", replaced.

    Raises:
        ConfigError: a value is out of its range, or does not go with another.
    """
    stages: dict[str, dict[str, Value]] = {}
    for name, value in values:
        stage, _, setting = name.partition(".")
        stages.setdefault(stage, {})[setting] = value
    changed = {stage: replace(getattr(pipeline, stage), **table) for stage, table in stages.items()}
    return replace(pipeline, **changed) if changed else pipeline
