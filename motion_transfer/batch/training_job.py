"""One line of a batch of trainings: which footage, into which subject."""

from dataclasses import dataclass, field
from pathlib import Path

from motion_transfer.batch.job import Settings, digest, with_values
from motion_transfer.batch.storage import Place, stamp
from motion_transfer.config import Pipeline, load_pipeline, share_bounds


@dataclass(frozen=True)
class TrainingJob:
    """A subject that is to be learned; the arguments are those of `train`."""

    source: Place
    """Footage of the person: a path, or an address such as "s3://bucket/me.mp4"."""
    subject: Path
    """Folder to make."""
    recipe: str = "default"
    """Name of a pipeline, or a TOML file."""
    steps: int | None = None
    """Train for this many steps in all, instead of the pipeline's bounds."""
    minutes: float | None = None
    """Train for so many minutes in all, instead of the pipeline's bounds."""
    person: str = "largest"
    """Who of several people."""
    poses: Path | None = None
    """Raw poses of the footage, instead of finding them."""
    force: bool = False
    """Train although the check of the footage advises against it."""
    settings: Settings = ()
    """Settings that differ from the pipeline's."""
    line: int = field(default=0, compare=False)
    """Of the manifest; 0 if there is none."""

    @property
    def name(self) -> str:
        """What it is called in lists."""
        return self.subject.name

    @property
    def output(self) -> Path:
        """The file that is written last: a folder that has it is complete."""
        return self.subject / "subject.json"

    def pipeline(self) -> Pipeline:
        """The recipe with this lesson's settings.

        Raises:
            ConfigError: there is no such recipe, or a setting is out of its range.
        """
        return share_bounds(with_values(load_pipeline(self.recipe), self.settings), self.steps, self.minutes)

    def fingerprint(self) -> str:
        """Changes when the lesson or one of its files does: a hash of the arguments, sizes and times of change."""
        files = [stamp(place) for place in (self.source, self.poses, Path(self.recipe)) if place is not None]
        arguments = [str(self.source), self.recipe, self.steps, self.minutes, self.person, str(self.poses), self.force]
        return digest([*arguments, self.settings, files])
