"""One transfer of a batch: which dance, by which subject, to where."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from motion_transfer.batch.storage import Location, file_name, stamp
from motion_transfer.config import Pipeline
from motion_transfer.config.options import TransferOptions
from motion_transfer.pose_cache import CLEANING
from motion_transfer.subject import read_pipeline
from motion_transfer.synthesis.backdrop import background_file

if TYPE_CHECKING:
    from motion_transfer.batch.training_job import TrainingJob

Value = str | bool | int | float
Settings = tuple[tuple[str, Value], ...]
"""Settings that differ from the usual ones, such as ("pose.smoothing", "none"), in alphabetical order."""

SUBJECT_FILES = ("subject.json", "generator.safetensors", "background.png", "exemplars.png", "exemplars.npz")
"""What a transfer reads of a subject; the last two are not in every one."""


@dataclass(frozen=True)
class Job:
    """A transfer to make; the fields are the arguments of `transfer`."""

    source: Location
    """Video of the dance: a path, or an address such as "s3://bucket/dance.mp4"."""
    subject: Path
    """Folder of the subject."""
    output: Location
    """The video to write, a path or an address."""
    options: TransferOptions = TransferOptions()
    """Without a device, it is the batch's."""
    poses: Path | None = None
    """Raw poses of the dance, instead of estimating them."""
    settings: Settings = ()
    """Settings that differ from the subject's own."""
    line: int = field(default=0, compare=False)
    """Of the manifest; 0 if there is none."""

    @property
    def name(self) -> str:
        """Its name in lists: the output's file name."""
        return file_name(self.output)

    @property
    def inputs(self) -> tuple[Location | None, ...]:
        """The files that it reads, but for the subject's."""
        return self.source, self.poses, background_file(self.options.background)

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
        folder = str(self.subject)
        return with_values(_subject_pipeline(folder, stamp(Path(folder, SUBJECT_FILES[0]))), self.settings)

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


def fingerprint_of(job: "Job | TrainingJob", *files: Location | None) -> str:
    """A hash of a job's arguments but for its place, and of the sizes and times of change of its files."""
    arguments = {name: value for name, value in asdict(job).items() if name not in ("output", "line")}
    return digest([arguments, [stamp(file) for file in files if file is not None]])


def digest(content: object) -> str:
    """A hash of JSON values and paths, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]


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


@lru_cache(maxsize=256)
def _subject_pipeline(folder: str, stamp: str) -> Pipeline:
    return read_pipeline(Path(folder))
