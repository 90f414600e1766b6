"""The pipeline: every stage's settings gathered, read from TOML, checked, written again."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from motion_transfer.config import stages
from motion_transfer.config.checking import check_fields
from motion_transfer.errors import ConfigError
from motion_transfer.loading import Expected, read_toml


@dataclass(frozen=True)
class Pipeline:
    """Every stage with its settings: a recipe that can be saved, read and repeated."""

    pose: stages.PoseSettings = field(default_factory=stages.PoseSettings)
    normalise: stages.NormaliseSettings = field(default_factory=stages.NormaliseSettings)
    draw: stages.DrawSettings = field(default_factory=stages.DrawSettings)
    model: stages.ModelSettings = field(default_factory=stages.ModelSettings)
    train: stages.TrainSettings = field(default_factory=stages.TrainSettings)
    train_local: stages.LocalStageSettings = field(default_factory=stages.LocalStageSettings)
    train_face: stages.FaceStageSettings = field(default_factory=stages.FaceStageSettings)
    encode: stages.EncodeSettings = field(default_factory=stages.EncodeSettings)

    def __post_init__(self) -> None:
        """Check types and ranges of every setting, however the pipeline was made."""
        for stage in fields(self):
            settings = getattr(self, stage.name)
            check_fields(settings, type(settings), f"{stage.name}.{{}}")
        if (window := self.pose.window) % 2 == 0:
            raise ConfigError(f"pose.window is {window}; a centred smoothing window is odd. Try {window + 1}.")
        _check_network(self.model)
        if not self.train.bounded and self.model.network != "compositor":  # which works without any training
            raise ConfigError(
                "train.steps, train.minutes and train.epochs are all 0: training would never end. Give one of them."
            )


def load_pipeline(name_or_path: str) -> Pipeline:
    """Read a pipeline: one that comes with the package by its name, or a TOML file by its path.

    Raises:
        ConfigError: no such pipeline, not TOML, an unknown table or setting, a value out of its range.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        known = pipeline_names()
        if name_or_path not in known:
            raise ConfigError(
                f'there is no pipeline "{name_or_path}"{_closest(name_or_path, known) or "."} '
                f"Known: {', '.join(known)}; or give the path of a .toml file."
            )
        path = _pipelines_folder() / f"{name_or_path}.toml"
    return pipeline_from_dict(read_toml(path, Expected("a pipeline (.toml)", ConfigError)), where=str(path))


def pipeline_names() -> list[str]:
    """The pipelines that come with the package."""
    return sorted(path.stem for path in _pipelines_folder().glob("*.toml"))


def pipeline_from_dict(tables: dict[str, Any], *, where: str) -> Pipeline:
    """Build a pipeline from nested dictionaries, as TOML and JSON give them; what is left out keeps its default.

    Raises:
        ConfigError: names `where`, the table, the setting and the closest known one.
    """
    known = [stage.name for stage in fields(Pipeline)]
    settings = {}
    for name, table in tables.items():
        if name not in known:
            raise ConfigError(
                f'{where}: there is no stage "{name}"{_closest(name, known) or "."} Known: {", ".join(known)}.'
            )
        if not isinstance(table, dict):
            raise ConfigError(f"{where}: {name} is a single value; expected a table [{name}] of settings.")
        defaults = getattr(Pipeline(), name)
        keys = [setting.name for setting in fields(defaults)]
        for key in table:
            if key not in keys:
                raise ConfigError(f'{where}: [{name}] has no setting "{key}"{_closest(key, keys) or "."}')
        settings[name] = replace(defaults, **table)
    try:
        return Pipeline(**settings)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error.__cause__


def pipeline_to_dict(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """The pipeline as nested dictionaries of JSON values; `pipeline_from_dict` reads it back."""
    return asdict(pipeline)


def pipeline_to_toml(pipeline: Pipeline) -> str:
    """The pipeline as the text of a TOML file; `load_pipeline` reads it back."""
    lines = []
    for stage, table in asdict(pipeline).items():
        lines.append(f"[{stage}]")
        lines += [f"{key} = {_toml_value(value)}" for key, value in table.items()]
        lines.append("")
    return "\n".join(lines)


def share_bounds(pipeline: Pipeline, steps: int | None, minutes: float | None) -> Pipeline:
    """The pipeline with steps or minutes in all instead of its own bounds; of both, the first reached ends a stage.

    Several stages share them in the proportion of their own bounds, where these are of one kind, and else equally.
    """
    if steps is None and minutes is None:
        return pipeline
    names = ["train", *(name for name in ("train_local", "train_face") if getattr(pipeline, name).bounded)]
    settings: dict[str, stages.StageSettings] = {name: getattr(pipeline, name) for name in names}
    shares = dict.fromkeys(names, 1.0)
    for kind in ("epochs", "steps", "minutes"):
        if all(getattr(stage, kind) for stage in settings.values()):
            shares = {name: float(getattr(stage, kind)) for name, stage in settings.items()}
            break
    bounded = {}
    for name, stage in settings.items():
        share = shares[name] / sum(shares.values())
        # At least one step, or a share rounded to 0 would skip the stage.
        own_steps = (max(1, round(steps * share)) if steps > 0 else steps) if steps else 0
        bounded[name] = replace(stage, steps=own_steps, minutes=float((minutes or 0) * share), epochs=0.0)
    return replace(pipeline, **bounded)  # type: ignore[arg-type]


def _toml_value(value: str | bool | int | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # JSON's strings are TOML's, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)


def _check_network(model: stages.ModelSettings) -> None:
    """Check what one of the networks' sizes asks of another: sides of the canvas are multiples of 32."""
    least, most = {"compositor": (1, 8), "global": (1, 5), "local": (1, 4), "unet": (2, 8)}[model.network]
    if not least <= model.downsamplings <= most:
        raise ConfigError(
            f'model.downsamplings is {model.downsamplings}, but model.network "{model.network}" can halve the '
            f"resolution {least} to {most} times."
        )
    if model.network == "local" and model.width % 2:
        raise ConfigError(
            f'model.width is {model.width}, but the enhancer of model.network "local" has half of it. '
            f"Try {model.width + 1}."
        )
    if model.network == "compositor":
        if not (model.exemplars and model.composite) or model.face or model.hands:
            raise ConfigError(
                'model.network "compositor" lays exemplars over the background and refines no parts. Give '
                "`model.exemplars` of at least 1, `model.composite` true, `model.face` and `model.hands` false."
            )
        if model.width % 4:
            raise ConfigError(f"model.width is {model.width}; that of a compositor is a multiple of 4.")
    elif model.exemplars:
        raise ConfigError(
            f"model.exemplars is {model.exemplars}, but model.network {model.network!r} draws from the pose alone. "
            'Set `model.exemplars` to 0, or `model.network` to "compositor".'
        )


def _closest(name: str, known: Iterable[str]) -> str:
    match = difflib.get_close_matches(name, list(known), n=1)
    return f'; did you mean "{match[0]}"?' if match else ""


def _pipelines_folder() -> Path:
    """Inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(str(files("motion_transfer")))
    inside = package / "pipelines"
    return inside if inside.is_dir() else package.parent / "pipelines"
