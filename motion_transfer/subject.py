"""The Subject: one target person, learned, as a folder that can be given to others.

    subject.json             pipeline, body statistics, canvas, versions, losses, held-out quality, footage fingerprint
    generator.safetensors    the generator's weights, half precision (of an imported subject single)
    exemplars.png, .npz     remembered frames of the person, and where the body's segments lie in them
    background.png           the room without the person, at the footage's size
    preview.png              pose | truth | result of held-out frames
    training/                only while training can be resumed; never needed to use the subject

Nothing in it can execute code when it is read.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from motion_transfer.config import ModelSettings, Pipeline, pipeline_from_dict, pipeline_to_dict
from motion_transfer.errors import ConfigError, PoseError, SubjectError
from motion_transfer.exemplars.bank import ExemplarBank, load_exemplars, save_exemplars
from motion_transfer.exemplars.warping import CHANNELS as CANDIDATE_CHANNELS
from motion_transfer.files import atomic_path
from motion_transfer.footage.canvas import LEAST_SIDE, MULTIPLE
from motion_transfer.models import FaceGenerator, Generator, GlobalGenerator, LocalEnhancer, UNet
from motion_transfer.pose import BodyStats, PoseSequence
from motion_transfer.pose.geometry.framing import viewport_of
from motion_transfer.pose.geometry.viewport import Viewport
from motion_transfer.types import Frame

FORMAT = 6
"""Version of the folder's layout; others are refused."""


@dataclass(frozen=True)
class Subject:
    """A learned target person.

    Attributes:
        pipeline: the settings it was learned with; drawing and networks must stay as they are.
        body: where the person stands and how tall they are, in pixels of the footage.
        canvas: (width, height) that the generator works at.
        background: the empty room, RGB (H, W, 3) at the footage's size.
        exemplars: what the person looks like; None where `model.exemplars` is 0.
        generator: the network, in evaluation mode, on the CPU.
        record: how it came about, as JSON values: versions, footage, losses, held-out quality.
    """

    pipeline: Pipeline
    body: BodyStats
    canvas: tuple[int, int]
    background: Frame
    generator: Generator
    exemplars: ExemplarBank | None = None
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the footage and of the videos made with this subject."""
        return self.background.shape[1], self.background.shape[0]

    def viewport(self, poses: PoseSequence) -> Viewport:
        """What the generator sees of T frames with these poses, in pixels of the footage."""
        return viewport_of(poses, self.pipeline.model.crop, self.canvas)


def build_generator(pipeline: Pipeline) -> Generator:
    """A generator of the pipeline's kind and sizes with fresh weights."""
    model = pipeline.model
    channels = (3 + 3 * model.temporal + CANDIDATE_CHANNELS * bool(model.exemplars), 4 if model.composite else 3)
    network: GlobalGenerator | LocalEnhancer | UNet
    if model.network == "unet":
        network = UNet(*channels, width=model.width, depth=model.downsamplings, tanh=False)
    elif model.network == "local":
        network = LocalEnhancer(
            *channels,
            width=model.width // 2,
            blocks=model.enhancer_blocks,
            global_width=model.width,
            global_downsamplings=model.downsamplings,
            global_blocks=model.blocks,
            kernel=model.upsampling_kernel,
            tanh=False,
        )
    else:
        sizes = {"width": model.width, "downsamplings": model.downsamplings, "blocks": model.blocks}
        network = GlobalGenerator(*channels, **sizes, kernel=model.upsampling_kernel, tanh=False)
    return Generator(
        network,
        composite=model.composite,
        person_crop=model.crop == "person",
        memory=bool(model.exemplars),
        temporal=model.temporal,
        unit_pose=model.pose_range == "0..1",
        face=_face_generator(model) if model.face else None,
        hands=_face_generator(model) if model.hands else None,
    )


def _face_generator(model: ModelSettings) -> FaceGenerator:
    sizes = {"width": model.face_width, "downsamplings": model.face_downsamplings, "blocks": model.face_blocks}
    return FaceGenerator(**sizes, kernel=model.upsampling_kernel)


def save_subject(folder: Path, subject: Subject, *, precision: torch.dtype = torch.float16) -> None:
    """Write a subject; `subject.json` comes last, so a folder that has one is complete.

    Weights are kept in half precision, in half the space, unless `precision` says otherwise.
    """
    folder.mkdir(exist_ok=True)
    weights = {name: tensor.to(precision).contiguous() for name, tensor in subject.generator.state_dict().items()}
    with atomic_path(folder / "generator.safetensors") as path:
        path.write_bytes(save(weights))
    with atomic_path(folder / "background.png") as path:
        path.write_bytes(cv2.imencode(".png", subject.background[..., ::-1])[1].tobytes())
    if subject.exemplars is not None:
        save_exemplars(folder, subject.exemplars)
    description = {
        "format": FORMAT,
        "canvas": list(subject.canvas),
        "body": subject.body.to_dict(),
        "pipeline": pipeline_to_dict(subject.pipeline),
        **subject.record,
    }
    with atomic_path(folder / "subject.json") as path:
        path.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")


def load_subject(folder: Path) -> Subject:
    """Read a subject.

    Raises:
        SubjectError: the folder is missing, incomplete, damaged or of another version.
    """
    pipeline = read_pipeline(folder)
    description = _read_description(folder)
    try:
        del description["pipeline"]
        body = BodyStats.from_dict(description.pop("body"))
        width, height = (_checked_side(side) for side in description.pop("canvas"))
    except (KeyError, TypeError, ValueError, AttributeError, PoseError) as error:
        raise SubjectError(f"{folder / 'subject.json'} is damaged: {error}. Get the folder anew.") from error
    generator = build_generator(pipeline)
    _load_weights(generator, folder / "generator.safetensors")
    picture = folder / "background.png"
    background = cv2.imread(str(picture), cv2.IMREAD_COLOR) if picture.is_file() else None
    if background is None:
        raise SubjectError(f"{picture} is missing or damaged. Get the folder anew.")
    if (background.shape[1], background.shape[0]) != body.size:
        raise SubjectError(
            f"{picture} is {background.shape[1]} x {background.shape[0]} pixels, but subject.json "
            f"speaks of {body.size[0]} x {body.size[1]}. The files are not of one subject; get the folder anew."
        )
    plate = np.ascontiguousarray(background[..., ::-1]).astype(np.uint8, copy=False)
    exemplars = load_exemplars(folder, (width, height)) if pipeline.model.exemplars else None
    return Subject(pipeline, body, (width, height), plate, generator.eval(), exemplars, description)


def read_pipeline(folder: Path) -> Pipeline:
    """The settings a subject was learned with, without loading its networks.

    Raises:
        SubjectError: the folder is missing, incomplete, damaged or of another version.
    """
    try:
        return pipeline_from_dict(_read_description(folder)["pipeline"], where=str(folder / "subject.json"))
    except (KeyError, TypeError, AttributeError, ConfigError) as error:
        raise SubjectError(f"{folder / 'subject.json'} is damaged: {error}. Get the folder anew.") from error


def _read_description(folder: Path) -> dict[str, Any]:
    path = folder / "subject.json"
    if not folder.is_dir():
        raise SubjectError(f"{folder} is no folder; expected a subject, as `motion-transfer train` makes it.")
    if not path.is_file():
        hint = (
            "its training was interrupted: run the same `motion-transfer train` again to finish it"
            if (folder / "training").is_dir()
            else "expected a folder made by `motion-transfer train`"
        )
        raise SubjectError(f"{folder} has no subject.json; {hint}.")
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
        version = description["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SubjectError(f"{path} is damaged ({error!r}). Get the folder anew, or train again.") from error
    if version != FORMAT:
        raise SubjectError(
            f"{folder} is a subject of format {version!r}; this version reads format {FORMAT}. "
            "Train it again, or use the version of motion_transfer that made it."
        )
    result: dict[str, Any] = description
    return result


def _checked_side(side: int) -> int:
    if not isinstance(side, int) or side % MULTIPLE or side < LEAST_SIDE:
        raise ValueError(f"a canvas side of {side}; expected a multiple of {MULTIPLE}, at least {LEAST_SIDE}")
    return side


def _load_weights(generator: Generator, path: Path) -> None:
    if not path.is_file():
        raise SubjectError(f"{path} is missing. Get the subject's folder anew, or train again.")
    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise SubjectError(f"{path} is damaged ({error}). Get the subject's folder anew.") from error
    expected = generator.state_dict()
    for name in [*expected, *weights]:
        shapes = [tuple(tensors[name].shape) if name in tensors else None for tensors in (weights, expected)]
        if shapes[0] != shapes[1]:
            raise SubjectError(
                f"{path} does not fit its subject.json: tensor {name} is {shapes[0]}, expected {shapes[1]}. "
                "The files are not of one subject; get the folder anew."
            )
    generator.load_state_dict({name: tensor.to(torch.float32) for name, tensor in weights.items()})
