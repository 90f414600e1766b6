"""Candidates are warped once, not in every epoch: they are kept on disk while a run lasts."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.errors import OutputError
from motion_transfer.exemplars.candidates import CHANNELS, CandidateWarper
from motion_transfer.exemplars.matching import Chosen
from motion_transfer.files import atomic_path
from motion_transfer.training.distributed import processes
from motion_transfer.types import Image

DISK_BYTES = 4e9
"""Of candidates, uncompressed, that the processes of a run keep together; frames beyond are warped in every epoch."""

UNFINISHED = ".candidates"  # how the folders of candidates begin; those of killed runs are deleted at the next start


class CandidateStore:
    """Candidates by frame and by the exemplars that they are made of, as lossless PNG.

    The processes that load the samples share the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def warp(self, warper: CandidateWarper, t: int, chosen: Chosen) -> Image:
        """The candidates of frame t, (k, H, W, 5) uint8: from the folder, or else warped and kept there."""
        (width, height), count = warper.bank.canvas, warper.count
        if t * count * CHANNELS * height * width >= DISK_BYTES / processes():
            return warper.warp(t, chosen)
        key = hashlib.sha256(chosen.parts.tobytes() + chosen.layers.tobytes()).hexdigest()[:16]
        path = self.folder / f"{t:07}-{key}.png"
        stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
        if stored is not None:
            return stored.reshape(count, height, width, CHANNELS).astype(np.uint8, copy=False)
        candidates = warper.warp(t, chosen)
        fast = [cv2.IMWRITE_PNG_COMPRESSION, 1]
        png = cv2.imencode(".png", candidates.reshape(count * height, width * CHANNELS), fast)[1]
        with suppress(OSError, OutputError), atomic_path(path) as temporary:  # a full disk costs the time, not the run
            temporary.write_bytes(png.tobytes())
        return candidates


@contextmanager
def candidate_store(folder: Path) -> Iterator[CandidateStore]:
    """A store in a folder of its own inside the run's, which is deleted at the end of the block."""
    with tempfile.TemporaryDirectory(prefix=f"{UNFINISHED}-", dir=folder, ignore_cleanup_errors=True) as place:
        yield CandidateStore(Path(place))
