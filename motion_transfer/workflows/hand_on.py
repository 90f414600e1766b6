"""Handing a subject on in one file, taking one in, and removing one with all that was derived from the person."""

import os
import re
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motion_transfer.errors import SubjectError
from motion_transfer.exemplars.bank_file import FILE as EXEMPLARS
from motion_transfer.files import atomic_folder, check_folder, check_output, real_path, wait_for_lock
from motion_transfer.loading import Expected, read_json
from motion_transfer.marking.credentials import check_identity
from motion_transfer.marking.identity import find_identity, signing_file
from motion_transfer.marking.pack import Pack, read_pack, write_pack
from motion_transfer.pose_cache import PoseCache
from motion_transfer.subject import DESCRIPTION, PLATE, WEIGHTS, load_subject
from motion_transfer.types import StrPath

MEMBERS = (DESCRIPTION, WEIGHTS, PLATE, EXEMPLARS, "preview.png")
"""The files of a subject that are handed on: all but those of its training."""

BESIDE = ("footage-check.png", "training")
"""What else `train` writes into the folder."""


def pack_subject(subject: StrPath, out: StrPath, *, sign_with: StrPath | None = None) -> None:
    """Write a subject to one file, with a signed list of what it holds.

    Args:
        subject: the folder of the subject.
        out: the file to write, a ZIP archive.
        sign_with: PEM file of the private key and the certificates to sign with; see `MarkingOptions`.

    Raises:
        SubjectError: the folder is missing, incomplete, damaged or of another version.
        ConfigError: the file to sign with cannot be read or cannot sign.
        OutputError: `out` cannot be written.
    """
    subject, out = Path(subject), Path(out)
    check_output(out, (subject, signing_file(sign_with)))
    load_subject(subject)
    if identity := find_identity(sign_with):
        check_identity(identity)
    write_pack(subject, MEMBERS, out, identity)


def check_pack(path: StrPath) -> Pack:
    """Check a packed subject without unpacking it; errors as of `unpack_subject`."""
    return read_pack(Path(path), MEMBERS)


def unpack_subject(path: StrPath, out: StrPath) -> Pack:
    """Write a packed subject to a new folder, after a check that it is what was packed.

    Raises:
        SubjectError: it was changed, is damaged or of another version, or holds something that no pack has.
        OutputError: `out` cannot be written, or is there already.
    """
    path, out = Path(path), Path(out)
    check_folder(out, inputs=(path,))
    with atomic_folder(out) as folder:
        pack = read_pack(path, MEMBERS, folder)
        load_subject(folder)
    return pack


@dataclass(frozen=True)
class Forgotten:
    """What was removed of a person."""

    folder: Path
    removed: tuple[str, ...]  # names in the folder
    poses: int  # entries of the cache of poses
    kept: tuple[Path, ...]  # other files in the folder, and what links in it led to
    footage: str  # name of the video that the person was learned from, which is not removed


def forget_subject(subject: StrPath, cache: PoseCache | None = None) -> Forgotten:
    """Remove a subject: exemplars, weights, pictures, training, and the poses of its footage.

    Interrupted, it goes on with the next call. What was copied or made with the subject elsewhere is not reached.

    Args:
        subject: the folder of the subject, or of its unfinished training.
        cache: from which the poses of the footage are removed, see `open_cache`.

    Raises:
        SubjectError: it is no folder of a subject.
        OutputError: it is being trained.
    """
    folder = real_path(subject)
    description, training = folder / DESCRIPTION, folder / "training"
    marker = next((each for each in (description, training / "run.json") if os.path.isfile(each)), None)
    if marker is None:
        raise SubjectError(f"{subject} is no subject: it has neither {DESCRIPTION} nor a training. Give its folder.")
    footage = _footage_of(marker)
    kept, removed = [], []
    with ExitStack() as stack:
        if training.is_dir():
            lock = os.open(training, os.O_RDONLY)
            stack.callback(os.close, lock)
            wait_for_lock(lock, f"{folder} is being trained by another process. Stop it first.")
        poses = 0
        if cache is not None and re.fullmatch("[0-9a-f]{64}", str(footage.get("sha256"))):
            poses = cache.forget(footage["sha256"])
        ours = {*MEMBERS, *BESIDE}
        # The description goes last: as long as it is there, the next call goes on.
        for path in sorted(folder.iterdir(), key=lambda each: each == marker or each == marker.parent):
            if path.name not in ours and not re.fullmatch(r"\..*\.(part|old)(\..*)?", path.name):
                kept.append(path)
                continue
            removed.append(path.name)
            if path.is_symlink():
                kept.append(real_path(path))
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    if not kept:
        folder.rmdir()
    return Forgotten(folder, tuple(sorted(removed)), poses, tuple(kept), str(footage.get("name", "the footage")))


def _footage_of(marker: Path) -> dict[str, Any]:
    """What is recorded of the footage: its hash, and its name where that is known."""
    values = read_json(marker, Expected("the description of a subject", SubjectError))
    footage = values.get("footage", values) if isinstance(values, dict) else None
    return footage if isinstance(footage, dict) else {}
