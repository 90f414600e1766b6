"""Files of weights from elsewhere: read without running code, and compared with a network."""

import os
import pickle
import pickletools
import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from motion_transfer.errors import CheckpointError, MotionTransferError
from motion_transfer.limits import DIRECTORY_BYTES, TEXT_BYTES, WEIGHT_BYTES
from motion_transfer.loading import Expected, open_archive, open_regular, shown

PICKLES = 4  # of torch's old format: magic number, version, machine, and what was saved; raw numbers come later

PRECISIONS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
"""Types of numbers that weights may have in their file."""

NESTED = ("state_dict", "model_state_dict", "netG", "generator", "G", "model", "net", "params_ema", "params", "weights")
"""Names under which trainers keep a network beside optimisers and counters; the first that is there is taken."""

SAFE_PRECISIONS = {"F16", "BF16", "F32", "F64"}
"""The same in a file of safetensors."""

WRAPPERS = ("module.", "_orig_mod.")  # what parallel training and torch.compile put before every name

COUNTER = ".num_batches_tracked"
"""End of the names under which batch norms count batches, in integers that only training uses."""


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read a state dictionary that `torch.save` wrote, in its old format or the new one, alone or inside a checkpoint.

    Only tensors are read (`weights_only=True`): anything else in a pickle is refused, because to load it could
    run code.

    Returns:
        The tensors by their names, on the CPU, without prefixes of parallel training and without batch norms' counters.

    Raises:
        CheckpointError: no regular file, damaged, with code in it, no state dictionary, or with numbers that are none.
    """
    expected = Expected("a file of weights as torch.save writes it", CheckpointError, "Give a file of weights.")
    check_declared_size(path, expected)
    try:
        with warnings.catch_warnings(), open_regular(path, expected) as file:
            warnings.simplefilter("ignore")  # about unusual pickles, which are refused anyway
            content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises what the bytes happen to cause: EOFError, KeyError, RuntimeError, ...
        raise CheckpointError(_why_unreadable(path, error)) from error
    weights = _unwrapped(content)
    if not isinstance(weights, dict) or not weights:
        raise CheckpointError(f"{path} holds {_kind(content)}; expected a state dictionary, a tensor for each name.")
    weights = {name: tensor for name, tensor in weights.items() if not str(name).endswith(COUNTER)}
    for name, tensor in weights.items():
        if not isinstance(name, str) or not _is_plain(tensor):
            raise CheckpointError(
                f"{path} holds {_kind(tensor)} under {shown(name)}; expected a state dictionary, with a tensor of "
                "floating point numbers for each name. Save the network's own `state_dict()`."
            )
    size = sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
    if size > os.path.getsize(path):
        raise CheckpointError(f"{path} is damaged: its tensors have {size:,} bytes, more than the file. Get it again.")
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise CheckpointError(
                f"{path}: tensor {name} holds numbers that are not finite. Give an earlier checkpoint."
            )
    return {_without_wrappers(name): tensor for name, tensor in weights.items()}


def read_weights(path: Path, expected: Expected, check: Callable[[Mapping[str, Tensor]], None]) -> dict[str, Tensor]:
    """Read the weights of a network from a file of safetensors, in single precision.

    Args:
        path: the file.
        expected: what it is to be; its error is raised where the file is none, damaged, or holds numbers that are none.
        check: given the shapes that the file declares before anything is allocated, to refuse what does not fit.
    """
    with open_regular(path, expected) as opened:
        size = os.fstat(opened.fileno()).st_size
        if size > WEIGHT_BYTES:
            expected.refuse(path, f"has {size:,} bytes, more than the {WEIGHT_BYTES:,} that are read")
        if int.from_bytes(os.pread(opened.fileno(), 8, 0), "little") > DIRECTORY_BYTES:
            expected.refuse(path, f"is damaged (its header is longer than {DIRECTORY_BYTES:,} bytes)")
    try:
        # By its descriptor, since safetensors takes no name that is not UTF-8.
        with open_regular(path, expected) as opened, safe_open(f"/dev/fd/{opened.fileno()}", framework="pt") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118  it is no dictionary
            types = {each.get_dtype() for each in slices.values()}
            if types - SAFE_PRECISIONS:
                expected.refuse(path, f"holds numbers of type {', '.join(sorted(types - SAFE_PRECISIONS))}")
            check({name: torch.empty(each.get_shape(), device="meta") for name, each in slices.items()})
            weights = {name: file.get_tensor(name).to(torch.float32) for name in slices}
    except MotionTransferError:
        raise
    except Exception as error:  # safetensors and torch raise what the bytes happen to cause
        expected.refuse(path, f"is damaged ({error})", error)
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            expected.refuse(path, f"is damaged: tensor {name} holds numbers that are not finite")
    return weights


def check_declared_size(path: Path, expected: Expected) -> None:
    """Refuse, before anything is inflated, what is no regular file or would have more bytes in memory than on the disk.

    `torch.save` never compresses.
    """
    with open_regular(path, expected) as file:
        size = os.fstat(file.fileno()).st_size
        if size > WEIGHT_BYTES:
            expected.refuse(path, f"has {size:,} bytes, more than the {WEIGHT_BYTES:,} that are read")
        if file.read(4) != b"PK\x03\x04":
            return
        try:
            with open_archive(file) as archive:
                declared = sum(member.file_size for member in archive.infolist())
        except Exception as error:  # zipfile raises what the bytes happen to cause
            expected.refuse(path, f"is damaged, or no file of weights ({error})", error)
        if declared > size:
            expected.refuse(path, f"has {size:,} bytes and declares {declared:,}, which torch.save never does")


def first_misfit(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str | None:
    """Name the first tensor that is missing, of another shape or unknown, with both shapes; None where all fit."""
    for name in [*expected, *found]:
        shapes = [tuple(tensors[name].shape) if name in tensors else None for tensors in (found, expected)]
        if shapes[0] != shapes[1]:
            there, wanted = ("missing" if shape is None else str(shape) for shape in shapes)
            return f"tensor {shown(name)[1:-1]} is {there}; expected {'none' if shapes[1] is None else wanted}"
    return None


def _unwrapped(content: Any) -> Any:
    """The network's weights in what was saved: itself, or what stands in it under one of the usual names."""
    for _ in NESTED:  # no trainer nests deeper
        inner = [content[name] for name in NESTED if isinstance(content, dict) and isinstance(content.get(name), dict)]
        content = inner[0] if inner else content
    return content


def _without_wrappers(name: str) -> str:
    while name.startswith(WRAPPERS):
        name = name.partition(".")[2]
    return name


def _is_plain(tensor: Any) -> bool:
    return (
        isinstance(tensor, Tensor)
        and tensor.layout == torch.strided
        and not tensor.is_nested
        and tensor.device.type == "cpu"
        and tensor.dtype in PRECISIONS
    )


def _why_unreadable(path: Path, error: Exception) -> str:
    """The message about a file that torch could not read."""
    if isinstance(error, MotionTransferError):
        return str(error)
    named = re.search(r"GLOBAL ([\w.]+)", str(error))
    with path.open("rb") as file:
        is_pickle = file.read(1) == b"\x80"
    if is_pickle and _ends_early(path):
        error = EOFError()  # torch takes the beginning of a name for the name of something forbidden
    if isinstance(error, pickle.UnpicklingError) and (named or is_pickle):
        what = f"asks for {named[1]}" if named else "holds more than tensors"
        return (
            f"{path} is refused: it {what}, and to read such a pickle could run any code. Expected tensors alone; "
            "save the network's `state_dict()` where you trust the file."
        )
    reason = str(error).partition("\n")[0].partition(". ")[0].strip()[:200] or "it ends too early"
    if not is_pickle and not isinstance(error, RuntimeError | EOFError):
        reason = "its first bytes are none of a pickle"
    return f"{path} is damaged, or no file of weights ({reason}). Get it again; expected what torch.save writes."


def _ends_early(path: Path) -> bool:
    """Whether a file ends within one of the pickles at its beginning. Nothing of them is run."""
    if path.stat().st_size > TEXT_BYTES:  # a long pickle takes long to go through
        return False
    with path.open("rb") as file:
        for _ in range(PICKLES):
            try:
                for _ in pickletools.genops(file):
                    pass
            except Exception:  # as above
                return not file.read(1)
            if not file.peek(1):
                return False
    return False


def _kind(thing: object) -> str:
    if isinstance(thing, Tensor):
        layout = "" if thing.layout == torch.strided else f"{str(thing.layout).removeprefix('torch.')} "
        place = "" if thing.device.type == "cpu" else f" on {thing.device.type}"
        return f"a {layout}tensor of {str(thing.dtype).removeprefix('torch.')}{place}"
    return f"an empty {type(thing).__name__}" if thing == {} else f"a {type(thing).__name__}"
