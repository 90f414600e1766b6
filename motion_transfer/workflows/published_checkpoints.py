"""Checkpoints as pix2pixHD and Everybody Dance Now publish theirs → `Generator`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from motion_transfer.checkpoints import first_misfit, read_state_dict
from motion_transfer.config import ModelSettings, Pipeline
from motion_transfer.errors import CheckpointError, ConfigError
from motion_transfer.models.generator import Generator
from motion_transfer.subject import build_generator

PREFIXES = ("netG.", "generator.", "G.", "module.")
"""Of a generator's names where several networks are saved as one; parallel training's may stand within."""

MAIN_INPUTS = {6: "pose and previous frame", 3: "pose alone"}
FACE_INPUTS = {6: "pose and generated face"}

GLOBAL = 4, 9  # downsamplings and blocks of a global generator as published; one for faces has 3 and 5

OTHER_KINDS = {
    "model.model.": "the U-Net of pix2pix",
    "model2_": "pix2pixHD's generator with two local enhancers",
    "scale0_layer": "a discriminator",
    "layer0": "a discriminator",
    "features.": "a network that classifies images",
    "netD.": "a discriminator",
}
"""Networks that people have beside a generator, by the beginning of a name."""


def load_published(path: Path, face: Path | None = None) -> tuple[Generator, ModelSettings]:
    """Read a published generator, and a face generator to go with it.

    Args:
        path: state dictionary of a global generator or a local enhancer: with six input channels, pose and previous
            frame, as Everybody Dance Now has them, or with three, a picture of the pose, as pix2pixHD.
        face: state dictionary of a face generator.

    Returns:
        The generator, on the CPU, in evaluation mode and single precision, and its sizes as the tensors say.

    Raises:
        CheckpointError: a file cannot be read, or holds another network; the first tensor that does not fit is named.
    """
    weights, face_weights = _plain(read_state_dict(path)), _plain(read_state_dict(face)) if face else {}
    channels = _channels(path, weights, MAIN_INPUTS)
    if face:
        _channels(face, face_weights, FACE_INPUTS)
    face_sizes = _sizes(face_weights)
    if face:
        _check_face(face, weights, face_weights, face_sizes)
    sizes = _sizes(weights) | ({f"face_{name}": size for name, size in face_sizes.items()} if face else {})
    sizes["network"] = "global"
    if any(name.startswith("model1_") for name in weights):
        sizes |= {"network": "local", "enhancer_blocks": _count_blocks(weights, "model1_2")}
    model = ModelSettings(
        exemplars=0,
        crop="frame",
        composite=False,
        upsampling_kernel=3,
        temporal=channels == 6,
        pose_range="0..1" if channels == 6 else "-1..1",
        face=face is not None,
        **sizes,
    )
    try:
        with torch.device("meta"):
            generator = build_generator(Pipeline(model=model)).eval()
    except ConfigError as error:
        raise CheckpointError(f"the sizes of {path} are not ones that can be run: {error}") from error
    kind = f'a "{model.network}" generator of width {model.width}, {model.downsamplings} downsamplings, {model.blocks}'
    _check(path, weights, generator.network.state_dict(), f"{kind} blocks")
    if face and generator.face:
        kind = f"a face generator of width {model.face_width}, {model.face_downsamplings} downsamplings"
        _check(face, face_weights, generator.face.state_dict(), f"{kind}, {model.face_blocks} blocks")
    named = {f"network.{name}": tensor for name, tensor in weights.items()}
    named |= {f"face.{name}": tensor for name, tensor in face_weights.items()}
    generator.load_state_dict({name: tensor.float() for name, tensor in named.items()}, assign=True)
    return generator, model


def _plain(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """A generator's weights without its name among other networks and the statistics that old versions kept."""
    for prefix in PREFIXES:
        if any(name.startswith(prefix) for name in weights):
            weights = {name.removeprefix(prefix): each for name, each in weights.items() if name.startswith(prefix)}
    unused = ("running_mean", "running_var", "num_batches_tracked")
    return {name: tensor for name, tensor in weights.items() if not name.endswith(unused)}


def _channels(path: Path, weights: Mapping[str, Tensor], inputs: Mapping[int, str]) -> int:
    """Input channels of a generator; refuses what is another kind of network, or shown something else, by its name."""
    expected = f"expected {' or '.join(f'{count} channels ({what})' for count, what in inputs.items())}"
    for beginning, kind in OTHER_KINDS.items():
        if any(name.startswith(beginning) for name in weights):
            raise CheckpointError(f"{path} holds {kind}; expected a generator. Give the file of the generator.")
    if inputs is FACE_INPUTS and any(name.startswith("model1_") for name in weights):
        raise CheckpointError(f"{path} holds a local enhancer; expected a face generator. Give the face's file.")
    first = weights.get("model.1.weight", torch.empty(()))
    if first.ndim != 4:
        return 6  # no generator at all; comparing tells that
    channels = int(first.shape[1])
    if channels not in inputs:
        classes = " of pix2pixHD's label maps, one for each class," if channels > max(inputs) else ""
        raise CheckpointError(
            f"{path} holds a generator that is shown {channels} channels{classes} and no picture of a pose; {expected}."
            " Give a generator that was trained on poses."
        )
    return channels


def _sizes(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Width, downsamplings and blocks of a global generator, or some, where it is none; comparing tells that."""
    first = weights.get("model.1.weight", torch.empty(()))
    width = first.shape[0] if first.ndim == 4 else 64
    downsamplings = 0
    while (place := f"model.{4 + 3 * downsamplings}.weight") in weights:
        if weights[place].shape[:1] != (width * 2 ** (downsamplings + 1),):
            break
        downsamplings += 1
    return {"width": width, "downsamplings": max(1, downsamplings), "blocks": _count_blocks(weights, "model")}


def _check_face(
    path: Path, main: Mapping[str, Tensor], weights: Mapping[str, Tensor], sizes: Mapping[str, int]
) -> None:
    """Refuse a global generator in the place of one for faces, which is of the same kind, only smaller."""
    same = main.keys() == weights.keys() and all(torch.equal(tensor, weights[name]) for name, tensor in main.items())
    if same or (sizes["downsamplings"], sizes["blocks"]) == GLOBAL:
        found = "the same network as the generator" if same else "a global generator"
        raise CheckpointError(
            f"{path} holds {found} ({sizes['downsamplings']} downsamplings, {sizes['blocks']} blocks); expected a face "
            "generator, which has 3 and 5 as published. Give the face's file."
        )


def _count_blocks(weights: Mapping[str, Tensor], part: str) -> int:
    return max(1, sum(bool(re.fullmatch(rf"{part}\.\d+\.conv_block\.1\.weight", name)) for name in weights))


def _check(path: Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor], kind: str) -> None:
    if misfit := first_misfit(found, expected):
        raise CheckpointError(
            f"{path} does not hold a network of Everybody Dance Now: {misfit}, if it were {kind}. "
            "Give the state dictionary of a generator as it was published."
        )
