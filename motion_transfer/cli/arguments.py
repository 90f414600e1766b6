"""What the verbs' arguments have in common."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import tyro
from tyro.conf import arg

from motion_transfer.config import NormaliseSettings, Pipeline, load_pipeline
from motion_transfer.errors import ConfigError

Command = TypeVar("Command")

Seconds = Annotated[float | None, arg(metavar="SECONDS")]
Minutes = Annotated[float | None, arg(metavar="MINUTES")]
Steps = Annotated[int | None, arg(metavar="STEPS")]
File = Annotated[Path | None, arg(metavar="FILE")]
Factor = Annotated[float | None, arg(metavar="FACTOR")]
Shift = Annotated[tuple[float, float] | None, arg(metavar="X Y")]
Folder = Annotated[Path | None, arg(metavar="FOLDER")]
CachePlace = Annotated[str | None, arg(metavar="DIR|off")]
BudgetChoice = Annotated[Literal["quick", "good", "best"] | None, arg(metavar="quick|good|best")]
Background = Annotated[str, arg(metavar="FILE|COLOUR|source|transparent")]
Device = Annotated[str | None, arg(metavar="NAME")]
Person = Annotated[str, arg(metavar="WHO")]
PipelineName = Annotated[str | None, arg(metavar="NAME|FILE.toml")]


@dataclass(frozen=True, kw_only=True)
class Common:
    """Arguments of every verb."""

    json: bool = False
    """Print the result as JSON on standard output."""
    quiet: bool = False
    """Show no progress."""
    debug: bool = False
    """Show the traceback of an error."""


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """Arguments of the verbs that place the dancer, for what is set by hand most often."""

    scale: Factor = None
    """Size of the figure, by hand: 1.1 makes it a tenth larger. Short for --normalise.scale."""
    shift: Shift = None
    """Shift to the right and downwards, by hand, as shares of the frame's width and height: -0.1 0 is a tenth to
    the left. Short for --normalise.shift-x and --normalise.shift-y."""

    def placed(self, settings: NormaliseSettings) -> NormaliseSettings:
        """The settings with what the short arguments say."""
        if self.scale is not None:
            settings = replace(settings, scale=self.scale)
        if self.shift is not None:
            settings = replace(settings, shift_x=self.shift[0], shift_y=self.shift[1])
        return settings


def parse(command: type[Command], arguments: Sequence[str], pipeline: Pipeline) -> Command:
    """Read a verb's arguments; the settings in its help and its defaults are those of `pipeline`."""
    defaults: dict[str, Any] = {}
    stages = {stage.name for stage in fields(Pipeline)}
    for parameter in fields(command):  # type: ignore[arg-type]
        if parameter.name in stages:
            defaults[parameter.name] = getattr(pipeline, parameter.name)
        elif parameter.default is not parameter.default_factory:  # both MISSING: the argument is required
            defaults[parameter.name] = parameter.default
        else:
            defaults[parameter.name] = tyro.MISSING
    return tyro.cli(
        command,
        prog=f"motion-transfer {verb_of(command)}",
        args=list(arguments),
        default=command(**defaults),
        config=(tyro.conf.FlagCreatePairsOff,),
    )


def verb_of(command: type) -> str:
    """The verb that a command's class is named after: "ImportEdn" is "import-edn"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()


def with_settings(pipeline: Pipeline, command: object) -> Pipeline:
    """The pipeline with the stages that the command's arguments set.

    Raises:
        ConfigError: a setting is out of its range.
    """
    stages = {stage.name: getattr(command, stage.name) for stage in fields(Pipeline) if hasattr(command, stage.name)}
    if isinstance(command, ByHand):
        stages["normalise"] = command.placed(stages["normalise"])
    try:
        return replace(pipeline, **stages)
    except ConfigError as error:
        setting, problem = str(error).split(" ", 1)
        raise ConfigError(f"--{setting.replace('_', '-')} {problem}") from error.__cause__


def named_pipeline(arguments: Sequence[str], default: Pipeline | None = None) -> Pipeline:
    """The pipeline that `--pipeline` names among the arguments, needed before the other defaults are known."""
    name = value_of("--pipeline", arguments)
    if name is None:
        return default or load_pipeline("default")
    return load_pipeline(name)


def subject_pipeline(arguments: Sequence[str]) -> Pipeline | None:
    """The settings that the subject among the arguments was made with: the defaults of its runs."""
    folder = value_of("--subject", arguments)
    if folder is None or {"-h", "--help"} & set(arguments):
        return None
    from motion_transfer.subject import read_pipeline

    return read_pipeline(Path(folder))


def value_of(flag: str, arguments: Sequence[str]) -> str | None:
    """The value that follows `flag`, without reading the other arguments."""
    for index, word in enumerate(arguments):
        if word == flag and index + 1 < len(arguments):
            return arguments[index + 1]
        if word.startswith(f"{flag}="):
            return word.partition("=")[2]
    return None


def existing_poses(path: Path | None, video: Path, person: str = "largest") -> Any:
    """The poses of a video in a file or folder, of one person in it, or None if none was given."""
    if path is None:
        return None
    from motion_transfer.pose import load_poses
    from motion_transfer.video import probe

    if not path.is_dir():
        return load_poses(path)
    clip = probe(video)  # a folder from elsewhere does not say the frames' size and rate
    return load_poses(path, size=clip.size, fps=clip.fps, person=person)
