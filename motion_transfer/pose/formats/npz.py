"""Poses as a `.npz` file: exact, and safe to open when it comes from somebody else (no pickle)."""

import zipfile
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.files import atomic_path
from motion_transfer.pose.sequence import PoseSequence, frozen
from motion_transfer.pose.skeleton import OPENPOSE_137

VERSION = 1
_KEYS = frozenset({"version", "xy", "score", "size", "fps", "skeleton"})


def save_npz(path: Path, poses: PoseSequence) -> None:
    """Write poses to a `.npz` file, whole or not at all.

    The file holds `xy`, `score`, `size` (width, height), `fps` (numerator, denominator), the skeleton's
    name and a format version; and `depth` where the poses have it.

    Raises:
        OutputError: the disk is full.
    """
    depth = {} if poses.depth is None else {"depth": poses.depth}
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary,
            version=np.int64(VERSION),
            xy=poses.xy,
            score=poses.score,
            size=np.array(poses.size, np.int64),
            fps=np.array([poses.fps.numerator, poses.fps.denominator], np.int64),
            skeleton=np.array(poses.skeleton.name),
            **depth,
        )


def load_npz(path: Path) -> PoseSequence:
    """Read poses that `save_npz` wrote, or that were made elsewhere in the same form.

    Raises:
        PoseError: the file is missing, no `.npz`, damaged, of another kind or version, or its content
            cannot be poses.
    """
    fields = _read(path)
    if missing := sorted(_KEYS - fields.keys()):
        found = ", ".join(sorted(fields)) or "nothing"
        raise PoseError(f"{path} holds no poses: {', '.join(missing)} missing (found: {found}). {_REMEDY}")
    try:
        version, skeleton = int(fields["version"]), str(fields["skeleton"])
        width, height = (int(side) for side in fields["size"])
        numerator, denominator = (int(part) for part in fields["fps"])
        fps = Fraction(numerator, denominator)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise PoseError(f"{path}: version, size, fps or skeleton cannot be read ({error}). {_REMEDY}") from None
    if version != VERSION:
        raise PoseError(f"{path} is a pose file of version {version}; this release reads version {VERSION}. {_REMEDY}")
    if skeleton != OPENPOSE_137.name:
        raise PoseError(f"{path}: poses of the skeleton {skeleton!r}; expected {OPENPOSE_137.name!r}. {_REMEDY}")
    try:
        depth = frozen(fields["depth"]) if "depth" in fields else None
        return PoseSequence(frozen(fields["xy"]), frozen(fields["score"]), (width, height), fps, depth=depth)
    except PoseError as error:
        raise PoseError(f"{path}: {error}") from None


_REMEDY = "Make the file with `motion-transfer pose VIDEO --out FILE.npz`."


def _read(path: Path) -> dict[str, np.ndarray]:  # type: ignore[type-arg]  # of any type until it is checked
    """All arrays of a `.npz` file."""
    try:
        with path.open("rb") as file:  # opened here, for NumPy leaves a damaged file open
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise PoseError(f"{path} is a single array (.npy), not a .npz of poses. {_REMEDY}")
            return {key: archive[key] for key in archive.files}
    except FileNotFoundError:
        raise PoseError(
            f"{path} does not exist; expected a pose file (.npz) or a folder of OpenPose JSON. Check the name."
        ) from None
    except PermissionError:
        raise PoseError(f"{path} cannot be read: no permission. Change its access rights.") from None
    except (ValueError, EOFError, OSError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        # NumPy reports pickled content, a foreign file and a damaged one all through ValueError.
        why = "its arrays hold pickled Python objects, which are not opened" if "pickle" in str(error) else str(error)
        raise PoseError(f"{path} is no readable .npz of poses: {why}. {_REMEDY}") from None
