"""The Subject: one target person, learned, as a folder that can be given to others.

    subject.json             pipeline, body statistics, canvas, versions, losses, held-out quality, footage fingerprint
    generator.safetensors    the generator's weights, half precision (of an imported subject single)
    exemplars.npz            frames of the person, cut out, and where the body's segments lie in them
    background.png           the background plate, at the footage's size
    preview.png              pose | truth | result of held-out frames
    training/                only while training can be resumed; never needed to use the subject

Nothing in it can execute code when it is read.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from operator import index
from pathlib import Path
from typing import Any

import cv2
import torch
from safetensors.torch import save
from torch import Tensor

from motion_transfer.base import load_base
from motion_transfer.checkpoints import first_misfit, read_weights
from motion_transfer.config import ModelSettings, Pipeline, pipeline_from_dict, pipeline_to_dict
from motion_transfer.errors import ConfigError, PoseError, SubjectError
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.bank_file import REMEDY, load_exemplars, save_exemplars
from motion_transfer.files import atomic_path
from motion_transfer.footage.canvas import check_canvas
from motion_transfer.limits import PARAMETERS
from motion_transfer.loading import Expected, parse_json, read_image, read_text, shown
from motion_transfer.models.compositor import Compositor
from motion_transfer.models.generator import Generator
from motion_transfer.models.networks import FaceGenerator, GlobalGenerator, LocalEnhancer, UNet
from motion_transfer.pose import BodyStats, PoseSequence
from motion_transfer.pose.geometry.viewport import Viewport, viewport_of
from motion_transfer.types import Frame, Size, StrPath

FORMAT = 11
"""Version of the folder's layout; others are refused."""

DESCRIPTION, WEIGHTS, PLATE = "subject.json", "generator.safetensors", "background.png"


@dataclass(frozen=True)
class Subject:
    """A learned target person.

    Attributes:
        pipeline: the settings it was learned with; drawing and networks must stay as they are.
        body: where the person stands and how tall they are, in pixels of the footage.
        canvas: (width, height) that the generator works at.
        background: the background plate, RGB (H, W, 3) at the footage's size.
        generator: the network, in evaluation mode, on the CPU.
        exemplars: frames that show the person; None where `model.exemplars` is 0.
        record: how it was made, as JSON values: versions, footage, losses, held-out quality.
        title, sha256: the name of the folder that it was loaded from, and the hash of its `subject.json`.
    """

    pipeline: Pipeline
    body: BodyStats
    canvas: Size
    background: Frame
    generator: Generator
    exemplars: ExemplarBank | None = None
    record: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    sha256: str = ""

    @property
    def size(self) -> Size:
        """(width, height) of the footage and of the videos made with this subject."""
        return self.background.shape[1], self.background.shape[0]

    def viewport(self, poses: PoseSequence) -> Viewport:
        """What the generator sees of T frames with these poses, in pixels of the footage."""
        return viewport_of(poses, self.pipeline.model.crop, self.canvas)


def build_generator(pipeline: Pipeline) -> Generator:
    """A generator of the pipeline's kind and sizes, with fresh weights, or of a compositor with `model.base`.

    Raises:
        ConfigError: it would have more weights than a machine holds, or the base weights are missing or do not fit.
        CheckpointError: the base weights are damaged.
    """
    _check_size(pipeline)
    generator = _networks(pipeline.model)
    if isinstance(generator.network, Compositor):
        load_base(pipeline.model, generator.network)
    return generator


def _check_size(pipeline: Pipeline) -> dict[str, Tensor]:
    """The names and shapes of a generator's weights, without their memory; refuses what no machine holds."""
    with torch.device("meta"):
        weights = _networks(pipeline.model).state_dict()
    count = sum(tensor.numel() for tensor in weights.values())
    if count > PARAMETERS:
        raise ConfigError(
            f"model.width {pipeline.model.width} makes a generator of {count:,} weights, more than {PARAMETERS:,}. "
            "Give a smaller `model.width`, `model.downsamplings` or `model.blocks`."
        )
    return weights


def _networks(model: ModelSettings) -> Generator:
    channels = (3 + 3 * model.temporal, 4 if model.composite else 3)
    sizes = {"width": model.width, "downsamplings": model.downsamplings, "blocks": model.blocks}
    kernel = model.upsampling_kernel
    network: Compositor | GlobalGenerator | LocalEnhancer | UNet
    if model.network == "compositor":
        network = Compositor(model.candidates, width=model.width)
    elif model.network == "unet":
        network = UNet(*channels, width=model.width, depth=model.downsamplings)
    elif model.network == "local":
        network = LocalEnhancer(*channels, **sizes, enhancer_blocks=model.enhancer_blocks, kernel=kernel)
    else:
        network = GlobalGenerator(*channels, **sizes, kernel=kernel)
    return Generator(
        network,
        composite=model.composite,
        person_crop=model.crop == "person",
        temporal=model.temporal,
        unit_pose=model.pose_range == "0..1",
        face=_face_generator(model) if model.face else None,
        hands=_face_generator(model) if model.hands else None,
    )


def _face_generator(model: ModelSettings) -> FaceGenerator:
    sizes = {"width": model.face_width, "downsamplings": model.face_downsamplings, "blocks": model.face_blocks}
    return FaceGenerator(**sizes, kernel=model.upsampling_kernel)


def save_subject(folder: StrPath, subject: Subject, *, precision: torch.dtype = torch.float16) -> None:
    """Write a subject; `subject.json` comes last, so a folder that has one is complete.

    Weights are kept in half precision, in half the space, unless `precision` says otherwise.
    """
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    with atomic_path(folder / PLATE) as path:
        path.write_bytes(cv2.imencode(".png", subject.background[..., ::-1])[1].tobytes())
    if subject.exemplars is not None:
        save_exemplars(folder, subject.exemplars)
    save_weights(folder, subject, precision=precision)


def save_weights(folder: StrPath, subject: Subject, *, precision: torch.dtype = torch.float16) -> None:
    """Write the weights and the description of a subject whose plate and exemplars the folder holds already."""
    folder = Path(folder)
    weights = {name: tensor.to(precision).contiguous() for name, tensor in subject.generator.state_dict().items()}
    with atomic_path(folder / WEIGHTS) as path:
        path.write_bytes(save(weights))
    description = {
        "format": FORMAT,
        "canvas": list(subject.canvas),
        "body": subject.body.to_dict(),
        "pipeline": pipeline_to_dict(subject.pipeline),
        **subject.record,
    }
    with atomic_path(folder / DESCRIPTION) as path:
        path.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def load_subject(folder: StrPath) -> Subject:
    """Read a subject.

    Raises:
        SubjectError: the folder is missing, incomplete, damaged or of another version.
    """
    folder = Path(folder)
    pipeline, description = _read_description(folder)
    record = {name: deepcopy(value) for name, value in description.items() if name not in ("format", "pipeline")}
    try:
        body = BodyStats.from_dict(record.pop("body"))
        width, height = map(index, record.pop("canvas"))
        check_canvas((width, height))
        if not all(isinstance(record.get(part, {}), dict) for part in ("footage", "training", "held_out")):
            raise TypeError("footage, training and held_out are tables")
    except (KeyError, TypeError, ValueError, AttributeError, PoseError, ConfigError) as error:
        raise _damaged(folder, error) from error
    generator = _load_generator(pipeline, folder / WEIGHTS)
    plate = read_image(folder / PLATE, Expected("the background plate of a subject", SubjectError, REMEDY))
    if plate.shape[1::-1] != body.size:
        raise SubjectError(
            f"{folder / PLATE} is {plate.shape[1]} x {plate.shape[0]} pixels, but {DESCRIPTION} says "
            f"{body.size[0]} x {body.size[1]}. The files are not of one subject. {REMEDY}"
        )
    exemplars = load_exemplars(folder, (width, height)) if pipeline.model.exemplars else None
    title, sha256 = folder.absolute().name, hashlib.sha256((folder / DESCRIPTION).read_bytes()).hexdigest()
    return Subject(pipeline, body, (width, height), plate, generator.eval(), exemplars, record, title, sha256)


def read_pipeline(folder: StrPath) -> Pipeline:
    """The settings a subject was learned with, without loading its networks.

    Raises:
        SubjectError: the folder is missing, incomplete, damaged or of another version.
    """
    return _read_description(Path(folder))[0]


def _damaged(folder: Path, error: Exception) -> SubjectError:
    place = folder / DESCRIPTION
    found = f"it has no {error}" if isinstance(error, KeyError) else str(error).removeprefix(f"{place}: ").rstrip(".")
    return SubjectError(f"{place} is damaged: {found}. {REMEDY}")


def _read_description(folder: Path) -> tuple[Pipeline, dict[str, Any]]:
    """The settings of a subject, and all that its description says."""
    path = folder / DESCRIPTION
    if not os.path.isdir(folder):
        raise SubjectError(f"{folder} is no folder; expected a subject, as `motion-transfer train` makes it.")
    if not os.path.lexists(path):
        hint = (
            "its training was interrupted: run the same `motion-transfer train` again to finish it"
            if (folder / "training").is_dir()
            else "expected a folder made by `motion-transfer train`"
        )
        raise SubjectError(f"{folder} has no {DESCRIPTION}; {hint}.")
    expected = Expected("the description of a subject", SubjectError, REMEDY)
    return _parse_description(read_text(path, expected), path, expected)


@lru_cache(maxsize=256)
def _parse_description(text: str, path: Path, expected: Expected) -> tuple[Pipeline, dict[str, Any]]:
    """A description and its settings. A command asks for the settings, then for all; a batch does for every job."""
    description, folder = parse_json(text, path, expected), path.parent
    if not isinstance(description, dict) or not isinstance(description.get("format"), int):
        expected.refuse(path, "is damaged: it names no format")
    version = description["format"]
    if version != FORMAT or isinstance(version, bool):
        remedy = "Update motion_transfer." if version > FORMAT else "Train the subject again with this version."
        raise SubjectError(
            f"{folder} is a subject of format {shown(version)}; this version reads format {FORMAT}. {remedy}"
        )
    try:
        return pipeline_from_dict(description["pipeline"], where=str(path)), description
    except (KeyError, TypeError, AttributeError, ConfigError) as error:
        raise _damaged(folder, error) from error


def _load_generator(pipeline: Pipeline, path: Path) -> Generator:
    """The generator with the weights of a file, whose header is compared with it before anything is allocated."""
    expected = Expected("the weights of a subject", SubjectError, REMEDY)
    try:
        shapes = _check_size(pipeline)
    except ConfigError as error:
        raise SubjectError(f"{path.with_name(DESCRIPTION)} is damaged: {error} {REMEDY}") from error

    def check(header: Mapping[str, Tensor]) -> None:
        if misfit := first_misfit(header, shapes):
            raise SubjectError(f"{path} does not fit its {DESCRIPTION}: {misfit}. {REMEDY}")

    weights = read_weights(path, expected, check)
    with torch.device("meta"):
        generator = _networks(pipeline.model)
    generator.load_state_dict(weights, assign=True)
    return generator
