"""The settings of every stage, one frozen dataclass each, and the pipeline that gathers them.

The same definitions serve Python (keyword arguments), the command line (`--pose.smoothing none`; the
text under a field is its help), pipeline files (one TOML table a stage) and `subject.json`.
"""

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from motion_transfer.errors import ConfigError

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True)
class PoseSettings:
    """Finding the person and cleaning the track."""

    detection_confidence: Share = 0.5
    """Least confidence of MediaPipe's person detector."""
    tracking_confidence: Share = 0.5
    """Confidence below which MediaPipe looks for the person anew."""
    max_gap: Weight = 0.5
    """Seconds of missing joints that are filled by interpolation; longer gaps stay missing."""
    smoothing: Literal["median", "none"] = "median"
    """Filter over time, at transfer. Training labels have their own, see train.smoothing."""
    window: Annotated[int, Field(ge=1, le=99)] = 7
    """Frames in the smoothing window, odd; 7 as published."""


@dataclass(frozen=True)
class NormaliseSettings:
    """Moving the dancer to the subject's place and size."""

    method: Literal["edn", "none"] = "edn"
    """"edn": global pose normalisation of Everybody Dance Now; "none": only fit the frame sizes."""
    depth_margin: Share = 0.5
    """EDN's alpha: how far behind the usual place a foot still counts as a step back (0.7 for much travel in depth)."""
    travel: Literal["fit", "full"] = "fit"
    """Travel sideways: scaled like the figure ("full"), but by less where it would leave the frame ("fit")."""


@dataclass(frozen=True)
class DrawSettings:
    """The pose image that the generator sees. Lengths are pixels at a frame height of 1080."""

    joint_radius: Positive = 8.0
    """Radius of a joint's disc."""
    limb_width: Positive = 4.0
    """Half the width of a limb's ellipse."""
    body_confidence: Share = 0.1
    """A body joint below this score is not drawn."""
    face_confidence: Share = 0.2
    """The face is drawn where the mean score of its points reaches this."""
    hand_confidence: Share = 0.05
    """A hand point below this score is not drawn."""


@dataclass(frozen=True)
class ModelSettings:
    """Sizes of the networks."""

    size: Annotated[int, Field(ge=64, le=4096)] = 192
    """The canvas has about size x size pixels at the footage's aspect, sides multiples of 32."""
    width: Annotated[int, Field(ge=4, le=256)] = 16
    """Channels of the generator's first layer; doubled by every downsampling."""
    downsamplings: Annotated[int, Field(ge=1, le=5)] = 3
    """How often the generator halves the resolution."""
    blocks: Annotated[int, Field(ge=1, le=32)] = 6
    """Residual blocks at the lowest resolution."""
    composite: bool = True
    """Generate a foreground and a mask over the background plate, not the whole frame."""
    discriminator_width: Annotated[int, Field(ge=4, le=256)] = 16
    """Channels of the discriminator's first layer."""
    discriminator_layers: Annotated[int, Field(ge=1, le=5)] = 3
    """Strided layers of each discriminator."""
    discriminator_scales: Annotated[int, Field(ge=1, le=4)] = 2
    """Discriminators, each at half the resolution of the one before."""


@dataclass(frozen=True)
class TrainSettings:
    """The training run. It ends at `steps` or `minutes`, whichever comes first."""

    steps: Annotated[int, Field(ge=0)] = 0
    """Optimiser steps; 0 for no bound."""
    minutes: Weight = 20.0
    """Minutes of training, those before an interruption included; 0 for no bound."""
    batch: Annotated[int, Field(ge=1, le=256)] = 1
    """Pairs of frames a step; 1 as published."""
    learning_rate: Positive = 2e-4
    """Adam's step size, as published; it falls linearly to zero over the last half of the run."""
    adversarial_weight: Weight = 1.0
    """Weight of the least-squares GAN loss."""
    feature_weight: Weight = 10.0
    """Weight of the discriminator feature matching loss, as published."""
    l1_weight: Weight = 30.0
    """Weight of the mean absolute difference to the true frame."""
    ema: Share = 0.998
    """Decay of the moving average of the generator's weights, which is what the subject keeps; 0 for none."""
    smoothing: Literal["median", "none"] = "none"
    """Filter over time of the training poses; none as published."""
    held_out: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    """Share of the footage, at its end, that is never trained on and serves to report quality."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Arithmetic: "auto" is bf16 on a GPU that has it, else fp32."""
    checkpoint_minutes: Positive = 1.0
    """Minutes between checkpoints: what a power cut can cost."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the weights and of the order of the samples."""


@dataclass(frozen=True)
class EncodeSettings:
    """The output video."""

    codec: Literal["h264", "h265", "av1", "vp9"] = "h264"
    """Video codec."""
    encoder: Literal["software", "nvenc"] = "software"
    """"nvenc" encodes on an NVIDIA GPU (h264, h265, av1)."""
    quality: Annotated[int, Field(ge=0, le=63)] = 18
    """Constant quality (CRF/CQ): lower is better and larger; 18 is visually lossless for h264."""
    audio: Literal["source", "none"] = "source"
    """"source" carries the dance's sound: copied where the container takes it, else AAC."""


@dataclass(frozen=True)
class Pipeline:
    """Every stage with its settings: a recipe that can be saved, read and repeated."""

    pose: PoseSettings = field(default_factory=PoseSettings)
    normalise: NormaliseSettings = field(default_factory=NormaliseSettings)
    draw: DrawSettings = field(default_factory=DrawSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    encode: EncodeSettings = field(default_factory=EncodeSettings)

    def __post_init__(self) -> None:
        _validate(self)


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
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as a pipeline: {error}. Expected a TOML file.") from error
    return pipeline_from_dict(tables, where=str(path))


def pipeline_names() -> list[str]:
    """The pipelines that come with the package."""
    return sorted(path.stem for path in _pipelines_folder().glob("*.toml"))


def pipeline_from_dict(tables: dict[str, Any], *, where: str) -> Pipeline:
    """Build a pipeline from nested dictionaries, as TOML and JSON give them; what is left out keeps its default.

    Raises:
        ConfigError: names `where`, the table, the setting and the closest known one.
    """
    stages = [stage.name for stage in fields(Pipeline)]
    settings = {}
    for name, table in tables.items():
        if name not in stages:
            raise ConfigError(
                f'{where}: there is no stage "{name}"{_closest(name, stages) or "."} Known: {", ".join(stages)}.'
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


def _toml_value(value: str | bool | int | float) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _validate(pipeline: Pipeline) -> None:
    """Check types and ranges of every setting, however the pipeline was made."""
    for stage in fields(pipeline):
        settings = getattr(pipeline, stage.name)
        for setting in fields(settings):
            value = getattr(settings, setting.name)
            try:
                _adapter(type(settings).__name__, setting.name).validate_python(value, strict=True)
            except ValidationError as error:
                problem = error.errors()[0]["msg"].replace("Input", "it")
                raise ConfigError(f"{stage.name}.{setting.name} is {value!r}, but {problem}.") from error
    if pipeline.pose.window % 2 == 0:
        raise ConfigError(
            f"pose.window is {pipeline.pose.window}; a centred window is odd. Try {pipeline.pose.window + 1}."
        )
    if not pipeline.train.steps and not pipeline.train.minutes:
        raise ConfigError("train.steps and train.minutes are both 0: training would never end. Give one of them.")


@cache
def _adapter(settings: str, name: str) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(globals()[settings], include_extras=True)[name])


def _closest(name: str, known: Iterable[str]) -> str:
    match = difflib.get_close_matches(name, list(known), n=1)
    return f'; did you mean "{match[0]}"?' if match else ""


def _pipelines_folder() -> Path:
    """Inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(str(files("motion_transfer")))
    inside = package / "pipelines"
    return inside if inside.is_dir() else package.parent / "pipelines"
