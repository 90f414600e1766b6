"""A worker's temporary folder: copies of sources from addresses, outputs on their way there."""

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from motion_transfer.batch.job import digest
from motion_transfer.batch.storage import Place, fetch, name_of, store

KEPT = 4
"""Files that stay for the next tasks."""


class Scratch:
    """One folder for each worker of a batch, so that what a killed one left is found, and goes."""

    def __init__(self, state: Path, number: int) -> None:
        self._folder = Path(tempfile.gettempdir(), f"motion-transfer-{digest(str(state))}-{number}")
        shutil.rmtree(self._folder, ignore_errors=True)
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)

    def tidy(self) -> None:
        """Delete all but the newest files."""
        for path in sorted(self._folder.glob("*"), key=os.path.getmtime)[:-KEPT]:
            path.unlink(missing_ok=True)

    def local(self, place: Place) -> Path:
        """A path as it is; of an address a copy."""
        return place if isinstance(place, Path) else fetch(place, self._folder)

    @contextmanager
    def output(self, output: Place) -> Iterator[Path]:
        """Where to write an output; at the block's end it goes to its address, if it has one."""
        local = output if isinstance(output, Path) else self._folder / f"out-{digest(output)}-{name_of(output)}"
        local.parent.mkdir(parents=True, exist_ok=True)
        sweep(local)
        yield local
        if isinstance(output, str):
            store(local, output)
            local.unlink()


def sweep(output: Path) -> None:
    """Delete what a worker left that was killed while it wrote this output: the picture without sound, or the whole."""
    stem, suffix = re.escape(output.stem), re.escape(output.suffix)
    unfinished = re.compile(rf"\.{stem}\.\d+-[0-9a-f]+\.part(\.picture\.mp4|\.parts\.txt|{suffix})")
    for path in output.parent.glob(".*.part*"):
        if unfinished.fullmatch(path.name):
            path.unlink(missing_ok=True)
