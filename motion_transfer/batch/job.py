"""One line of a batch: which dance, by whom, to where."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from motion_transfer.batch.storage import Place, name_of, stamp
from motion_transfer.config import Pipeline
from motion_transfer.pose_cache import CLEANING
from motion_transfer.subject import read_pipeline

Value = str | bool | int | float
Settings = tuple[tuple[str, Value], ...]
"""Settings that differ from the usual ones, such as ("pose.smoothing", "none"), in alphabetical order."""

SUBJECT_FILES = ("subject.json", "generator.safetensors", "background.png", "exemplars.png", "exemplars.npz")
"""What a transfer reads of a subject; the last two are not in every one."""


@dataclass(frozen=True)
class Job:
    """A transfer that is to be made; the arguments are those of `transfer`."""

    source: Place
    """Video of somebody dancing: a path, or an address such as "s3://bucket/dance.mp4"."""
    subject: Path
    """Folder of the subject."""
    output: Place
    """The video to write, a path or an address."""
    start: float | None = None
    """Seconds of the dance to begin at."""
    end: float | None = None
    """Seconds of the dance to end at."""
    person: str = "largest"
    """Who of several dancers."""
    poses: Path | None = None
    """Raw poses of the dance, instead of finding them."""
    side_by_side: bool = False
    """Write source | pose | result."""
    background: str = "subject"
    """What stands behind the person: "subject", "source", "transparent", a colour, or a picture's or video's path."""
    settings: Settings = ()
    """Settings that differ from the subject's own."""
    line: int = field(default=0, compare=False)
    """Of the manifest; 0 if there is none."""

    @property
    def name(self) -> str:
        """What it is called in lists: the output's file name."""
        return name_of(self.output)

    @property
    def divisible(self) -> bool:
        """Whether its clip can be cut, made in parts and joined."""
        plain = not self.side_by_side and self.background != "transparent"
        return plain and Path(self.name).suffix.lower() in (".mp4", ".m4v", ".mov", ".mkv")

    def pipeline(self) -> Pipeline:
        """The subject's settings with this job's.

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
        settings = {name: value for name, value in asdict(self.pipeline().pose).items() if name not in CLEANING}
        return json.dumps([str(self.source), self.start, self.end, self.person, settings], sort_keys=True)

    def fingerprint(self) -> str:
        """Changes when the job or one of its files does: a hash of the arguments, sizes and times of change."""
        files = [self.source, *(self.subject / name for name in SUBJECT_FILES), Path(self.background)]
        if self.poses is not None:
            files.append(self.poses)
        arguments = [str(self.source), str(self.subject), self.start, self.end, self.person, str(self.poses)]
        return digest(
            [*arguments, self.side_by_side, self.background, self.settings, [stamp(place) for place in files]]
        )


def digest(content: object) -> str:
    """A hash of JSON values."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


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
