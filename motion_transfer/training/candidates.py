"""Candidates are warped once, not in every epoch: they are kept on disk while a run lasts."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.errors import OutputError
from motion_transfer.exemplars.warping import CandidateWarper
from motion_transfer.files import atomic_path
from motion_transfer.training.distributed import processes
from motion_transfer.types import Image, Mask

DISK_BYTES = 4e9
"""Of candidates, uncompressed, that the processes of a run keep together; frames beyond are warped in every epoch."""

UNFINISHED = ".candidates"  # how the folders of candidates begin; those of killed runs are deleted at the next start


class CandidateStore:
    """Candidates by frame and by the exemplars that were left out, as lossless PNG.

    The processes that load the samples share the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def warp(self, warper: CandidateWarper, t: int, absent: Mask) -> Image:
        """The candidate of frame t, RGBA (H, W, 4) uint8: from the folder, or else warped and kept there."""
        height, width = warper.exemplars.cutouts.shape[1:3]
        if t * height * width * 4 >= DISK_BYTES / processes():
            return warper.warp(t, absent)
        key = hashlib.sha256(absent.tobytes()).hexdigest()[:16]
        path = self.folder / f"{t:07}-{key}.png"
        stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
        if stored is not None:
            return cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA).astype(np.uint8, copy=False)
        candidate = warper.warp(t, absent)
        fast = [cv2.IMWRITE_PNG_COMPRESSION, 1]
        png = cv2.imencode(".png", cv2.cvtColor(candidate, cv2.COLOR_RGBA2BGRA), fast)[1]
        with suppress(OSError, OutputError), atomic_path(path) as temporary:  # a full disk costs the time, not the run
            temporary.write_bytes(png.tobytes())
        return candidate


@contextmanager
def candidate_store(folder: Path) -> Iterator[CandidateStore]:
    """A store in a folder of its own inside the run's, which is deleted at the end of the block."""
    with tempfile.TemporaryDirectory(prefix=f"{UNFINISHED}-", dir=folder, ignore_cleanup_errors=True) as place:
        yield CandidateStore(Path(place))
