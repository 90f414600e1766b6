"""Arguments that several verbs share, and reading a verb's command line."""

import json
import os
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import tyro
from tyro.conf import arg

from motion_transfer.cli.console import show_progress
from motion_transfer.cli.parser_errors import parser_errors
from motion_transfer.config import Pipeline, load_pipeline
from motion_transfer.config.checking import check_fields
from motion_transfer.errors import ConfigError
from motion_transfer.files import check_not_input
from motion_transfer.progress import ProgressCallback

Command = TypeVar("Command")
Options = TypeVar("Options")

METAVARS = {
    "address": "HOST:PORT",
    "audio_from": "FILE",
    "background": "FILE|COLOUR|source|transparent",
    "budget": "quick|good|best",
    "cache": "DIR|off",
    "canvas": "WIDTH HEIGHT",
    "chunk": "SECONDS",
    "clothes": "PATH",
    "consent": "NAME, HOW, DATE",
    "dancer": "WHO",
    "device": "NAME",
    "end": "SECONDS",
    "face": "PATH",
    "label": "TEXT",
    "lpips": "FILE",
    "masks": "FOLDER",
    "minutes": "MINUTES",
    "out": "PATH",
    "person": "WHO",
    "pipeline": "NAME|FILE.toml",
    "poses": "FILE|FOLDER",
    "poses_format": "WORD,WORD",
    "preview": "FILE",
    "scale": "FACTOR",
    "share": "SHARE",
    "shift": "X Y",
    "sign_with": "FILE.pem",
    "start": "SECONDS",
    "steps": "STEPS",
    "subject": "FOLDER",
    "timeout": "SECONDS",
    "together": "N",
    "truth": "FILE",
    "workers": "N",
}
"""Placeholders of values in a verb's help, by the argument's name; others show their type."""

OUTPUTS = ("out", "preview", "masks")  # arguments that name what is written
FILES = ("pipeline", "background", "sign_with")  # that may name a file to read, among other texts


@dataclass(frozen=True, kw_only=True)
class Common:
    """Arguments of every verb."""

    json: bool = False
    """Print the result as JSON on standard output."""
    quiet: bool = False
    """Show no progress."""
    debug: bool = False
    """Show the traceback of an error."""

    def progress(self) -> AbstractContextManager[ProgressCallback]:
        """Show progress, unless --quiet is given."""
        return show_progress(self.quiet)

    def print(self, result: dict[str, Any], text: str) -> None:
        """Print the result on standard output: as JSON with --json, nothing with --quiet, else `text`."""
        if self.json:
            print(json.dumps(result, indent=2, default=str))  # 30000/1001 stays 30000/1001
        elif not self.quiet:
            print(text)


@dataclass(frozen=True, kw_only=True)
class Cached:
    """Argument of the verbs that estimate poses and keep them."""

    cache: str | None = None
    """Folder in which estimated poses are kept; $MOTION_TRANSFER_CACHE or the user's cache folder if not given."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Arguments of the verbs that place the dancer, for the settings changed most often."""

    scale: float | None = None
    """Size of the person, by hand: 1.1 is a tenth larger. Short for --normalise.scale."""
    shift: tuple[float, float] | None = None
    """Shift to the right and downwards, by hand, as shares of the frame's width and height: -0.1 0 is a tenth to
    the left. Short for --normalise.shift-x and --normalise.shift-y."""


def parse_command(
    command: type[Command], arguments: Sequence[str], default: Pipeline | None = None
) -> tuple[Command, Pipeline]:
    """Read a verb's arguments, and the pipeline with the settings that they change.

    The settings in the verb's help and its defaults are those of the pipeline that `--pipeline` names, else of
    `default`, else of the pipeline "default".

    Raises:
        ConfigError: there is no such pipeline; an argument is missing, unknown or out of its range.
    """
    name = value_of("--pipeline", arguments)
    pipeline = load_pipeline(name or "default") if name or default is None else default
    stages = {stage.name for stage in fields(Pipeline)}
    defaults: dict[str, Any] = {}
    for parameter in fields(command):  # type: ignore[arg-type]
        if parameter.name in stages:
            defaults[parameter.name] = getattr(pipeline, parameter.name)
        elif parameter.default is not parameter.default_factory:  # both MISSING: the argument is required
            defaults[parameter.name] = parameter.default
        else:
            defaults[parameter.name] = tyro.MISSING
    for argument, hint in get_type_hints(command, include_extras=True).items():
        if argument in METAVARS:
            command.__annotations__[argument] = Annotated[hint, arg(metavar=METAVARS[argument])]
    program = f"motion-transfer {verb_of(command)}"
    with parser_errors(program):
        parsed: Command = tyro.cli(
            command,
            prog=program,
            args=list(arguments),
            default=command(**defaults),
            config=(tyro.conf.FlagCreatePairsOff,),
        )
    check_fields(parsed, command, without=frozenset(stages))
    _check_outputs(parsed)
    return parsed, _with_settings(pipeline, parsed)


def _check_outputs(command: object) -> None:
    """Refuse a result that is one of the files which the command line names as inputs, whatever the verb."""
    given = vars(command)
    paths = {name: value for name, value in given.items() if isinstance(value, Path)}
    outputs = [paths.pop(name) for name in OUTPUTS if name in paths]
    texts = [given[name] for name in FILES if given.get(name) and os.path.isfile(given[name])]
    for output in outputs:
        check_not_input(output, [*paths.values(), *texts])


def argument_names(command: type) -> frozenset[str]:
    """The names of a command's arguments, and of settings with their stages, as they stand in Python."""
    stages = {stage.name: get_type_hints(Pipeline)[stage.name] for stage in fields(Pipeline)}
    names: set[str] = set()
    for parameter in fields(command):
        stage = stages.get(parameter.name)
        names |= {parameter.name} if stage is None else {f"{parameter.name}.{each.name}" for each in fields(stage)}
    return frozenset(names)


def verb_of(command: type) -> str:
    """The verb that a command's class is named after: "ImportEdn" is "import-edn"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()


def options_of(command: object, kind: type[Options]) -> Options:
    """The options, such as `TransferOptions`, among a command's arguments."""
    return kind(**{option.name: getattr(command, option.name) for option in fields(kind)})  # type: ignore[arg-type]


def subject_pipeline(arguments: Sequence[str]) -> Pipeline | None:
    """The pipeline of the subject among the arguments: the default of the verbs that use it."""
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


def _with_settings(pipeline: Pipeline, command: object) -> Pipeline:
    stages = {stage.name: getattr(command, stage.name) for stage in fields(Pipeline) if hasattr(command, stage.name)}
    if isinstance(command, Placement):
        short = {} if command.scale is None else {"scale": command.scale}
        short |= {} if command.shift is None else dict(zip(("shift_x", "shift_y"), command.shift, strict=True))
        stages["normalise"] = replace(stages["normalise"], **short)
    try:
        return replace(pipeline, **stages)
    except ConfigError as error:
        setting, problem = str(error).split(" ", 1)
        raise ConfigError(f"`{setting}` {problem}") from error.__cause__
