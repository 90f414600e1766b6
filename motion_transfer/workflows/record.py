"""What a subject records about its origin, and the preview beside it."""

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from motion_transfer.errors import VideoError
from motion_transfer.files import atomic_path
from motion_transfer.marking.consent import keep_consent, parse_consent
from motion_transfer.pose import PoseSequence
from motion_transfer.pose_cache import fingerprint
from motion_transfer.subject import DESCRIPTION, load_subject
from motion_transfer.types import Image, StrPath
from motion_transfer.version import __version__
from motion_transfer.video.file_check import check_file

LIBRARIES = ("torch", "mediapipe", "numpy")


def version_record() -> dict[str, Any]:
    """This version, and those of the libraries that are installed: given poses need no mediapipe."""
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return {"made_by": f"motion_transfer {__version__}", "versions": versions}


def footage_record(footage: Path, identity: dict[str, Any], poses: PoseSequence) -> dict[str, Any]:
    """The footage's name, what identifies it, and its length."""
    return {
        "name": footage.name,
        **identity,
        "fps": str(poses.fps),
        "frames": len(poses),
        "frames_without_person": int((~poses.present).sum()),
    }


def hash_footage(footage: Path) -> str:
    """SHA-256 of the footage, in hexadecimal; what is no regular file is refused without waiting for it."""
    check_file(footage)
    try:
        return fingerprint(footage)
    except OSError as error:
        raise VideoError(f"{footage} cannot be read ({error.strerror}). Give an existing video file.") from error


def record_consent(subject: StrPath, text: str) -> None:
    """Record in a subject who agreed to be shown, how and when, such as "Ada Doe, in writing, 2026-01-31".

    Raises:
        ConfigError: the text has another form.
        SubjectError: the folder is missing, incomplete, damaged or of another version.
    """
    consent, folder = parse_consent(text), Path(subject)
    load_subject(folder)
    description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    with atomic_path(folder / DESCRIPTION) as path:
        path.write_text(json.dumps(description | {"consent": consent}, indent=2) + "\n", encoding="utf-8")
    if (folder / "training").is_dir():
        keep_consent(folder / "training", consent)


def write_preview(folder: Path, rows: Sequence[Sequence[Image]]) -> None:
    """Write `preview.png`: rows of RGB images (H, W, 3) of one size."""
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    with atomic_path(folder / "preview.png") as path:
        path.write_bytes(cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())
