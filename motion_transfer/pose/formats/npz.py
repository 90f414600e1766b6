"""Poses as a `.npz` file: exact, and safe to open when it comes from someone else (no pickle)."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.files import atomic_path
from motion_transfer.limits import POSE_BYTES
from motion_transfer.loading import Expected, read_arrays
from motion_transfer.pose.sequence import PoseSequence
from motion_transfer.pose.skeleton import OPENPOSE_137
from motion_transfer.types import StrPath

VERSION = 1
_KEYS = frozenset({"version", "xy", "score", "size", "fps", "skeleton"})
_REMEDY = "Make the file with `motion-transfer pose VIDEO`."


def save_npz(path: StrPath, poses: PoseSequence) -> None:
    """Write poses to a `.npz` file, all or nothing.

    The file holds `xy`, `score`, `size` (width, height), `fps` (numerator, denominator), the skeleton's
    name and a format version; and `depth` where the poses have it.
    """
    depth = {} if poses.depth is None else {"depth": poses.depth}
    with atomic_path(Path(path)) as temporary:
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


def load_npz(path: StrPath) -> PoseSequence:
    """Read poses that `save_npz` wrote, or that were made elsewhere in the same form.

    Raises:
        PoseError: the file is missing, no `.npz`, damaged, of another kind or version, or its content
            cannot be poses.
    """
    fields = read_arrays(
        path, Expected("a pose file (.npz), or a folder of OpenPose JSON", PoseError, _REMEDY), POSE_BYTES
    )
    if missing := sorted(_KEYS - fields.keys()):
        found = ", ".join(sorted(fields)) or "nothing"
        raise PoseError(f"{path} holds no poses: {', '.join(missing)} missing (found: {found}). {_REMEDY}")
    try:
        version, skeleton = int(fields["version"]), str(fields["skeleton"])[:40]
        width, height = (int(side) for side in fields["size"])
        numerator, denominator = (int(part) for part in fields["fps"])
        fps = Fraction(numerator, denominator)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise PoseError(f"{path}: version, size, fps or skeleton cannot be read ({error}). {_REMEDY}") from None
    if version != VERSION:
        raise PoseError(
            f"{path} is a pose file of version {str(version)[:20]}; this release reads version {VERSION}. {_REMEDY}"
        )
    if skeleton != OPENPOSE_137.name:
        raise PoseError(f"{path}: poses of the skeleton {skeleton!r}; expected {OPENPOSE_137.name!r}. {_REMEDY}")
    try:
        return PoseSequence(
            fields["xy"], fields["score"], (width, height), fps, depth=fields.get("depth"), origin=str(path)
        )
    except PoseError as error:
        raise PoseError(f"{path}: {error}. {_REMEDY}") from None
