"""Files of weights from elsewhere: read without running code, and compared with a network."""

import pickle
import pickletools
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from motion_transfer.errors import CheckpointError

PICKLES = 4
"""Of torch's old format: magic number, version, machine, and what was saved; raw numbers come later."""


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read a state dictionary that `torch.save` wrote, in its old format or the new one.

    Only tensors are read (`weights_only=True`): anything else in a pickle is refused, because to load it could
    run code.

    Returns:
        The tensors by their names, on the CPU.

    Raises:
        CheckpointError: no such file, damaged, with code in it, or no state dictionary.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about unusual pickles, which are refused anyway
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise CheckpointError(f"{path} cannot be opened ({error.strerror}). Give a file of weights.") from error
    except Exception as error:  # torch raises what the bytes happen to cause: EOFError, KeyError, RuntimeError, ...
        raise CheckpointError(_why_unreadable(path, error)) from error
    if not isinstance(content, dict) or not content:
        raise CheckpointError(f"{path} holds {_kind(content)}; expected a state dictionary, a tensor for each name.")
    for name, tensor in content.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor) or not tensor.is_floating_point():
            raise CheckpointError(
                f"{path} holds {_kind(tensor)} under {name!r}; expected a state dictionary, with a tensor of floating "
                "point numbers for each name. Save the network's own `state_dict()`."
            )
    return content


def first_misfit(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str | None:
    """Name the first tensor that is missing, of another shape or unknown, with both shapes; None where all fit."""
    for name in [*expected, *found]:
        shapes = [tuple(tensors[name].shape) if name in tensors else None for tensors in (found, expected)]
        if shapes[0] != shapes[1]:
            there, wanted = ("missing" if shape is None else str(shape) for shape in shapes)
            return f"tensor {name} is {there}; expected {'none' if shapes[1] is None else wanted}"
    return None


def _why_unreadable(path: Path, error: Exception) -> str:
    """The message about a file that torch could not read."""
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
    reason = str(error).partition(".")[0].strip() or "it ends too early"
    if not is_pickle and not isinstance(error, RuntimeError | EOFError):
        reason = "its first bytes are none of a pickle"
    return f"{path} is damaged, or no file of weights ({reason}). Get it again; expected what `torch.save` writes."


def _ends_early(path: Path) -> bool:
    """Whether a file ends within one of the pickles at its beginning. Nothing of them is run."""
    with path.open("rb") as file:
        for _ in range(PICKLES):
            try:
                for _ in pickletools.genops(file):
                    pass
            except ValueError:
                return not file.read(1)
            if not file.peek(1):
                return False
    return False


def _kind(thing: object) -> str:
    if isinstance(thing, Tensor):
        return f"a tensor of {str(thing.dtype).removeprefix('torch.')}"
    return f"an empty {type(thing).__name__}" if thing == {} else f"a {type(thing).__name__}"
