"""One training of a batch: which footage, into which subject."""

from dataclasses import dataclass, field
from pathlib import Path

from motion_transfer.batch.job import Settings, fingerprint_of, with_values
from motion_transfer.batch.storage import Location
from motion_transfer.config import Pipeline, load_pipeline, share_bounds
from motion_transfer.config.options import Minutes, Steps, TrainOptions


@dataclass(frozen=True)
class TrainingJob:
    """A subject to train; the fields are the arguments of `train`."""

    source: Location
    """Footage of the person: a path, or an address such as "s3://bucket/me.mp4"."""
    subject: Path
    """Folder to make."""
    options: TrainOptions = TrainOptions()
    """Without a device, it is the batch's."""
    pipeline: str = "default"
    """Name of a pipeline, or a TOML file."""
    steps: Steps | None = None
    """Train for this many steps in all, instead of the pipeline's bounds."""
    minutes: Minutes | None = None
    """Train for so many minutes in all, instead of the pipeline's bounds."""
    poses: Path | None = None
    """Raw poses of the footage, instead of estimating them."""
    settings: Settings = ()
    """Settings that differ from the pipeline's."""
    line: int = field(default=0, compare=False)
    """Of the manifest; 0 if there is none."""

    @property
    def name(self) -> str:
        """Its name in lists."""
        return self.subject.name

    @property
    def inputs(self) -> tuple[Location | None, ...]:
        """The files that it reads."""
        return self.source, self.poses

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
        file = Path(self.pipeline) if self.pipeline.endswith(".toml") else None
        return fingerprint_of(self, self.source, self.poses, file)
