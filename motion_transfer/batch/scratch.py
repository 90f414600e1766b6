"""A worker's temporary folder: copies of sources from addresses, outputs that go to one."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from motion_transfer.batch.job import digest
from motion_transfer.batch.storage import Location, fetch, file_name, store
from motion_transfer.files import sweep

KEPT = 4
"""Files that stay for the next tasks."""


class Scratch:
    """A private folder for each worker of a batch; those that a killed worker of the same number left are deleted."""

    def __init__(self, state: Path, number: int) -> None:
        prefix = f"motion-transfer-{digest(state)}-{number}-"
        for left_behind in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            if left_behind.lstat().st_uid == os.getuid():
                shutil.rmtree(left_behind, ignore_errors=True)
        self.folder = Path(tempfile.mkdtemp(prefix=prefix))
        """Only this user can look into it."""
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)

    def tidy(self) -> None:
        """Delete all but the newest files."""
        for path in sorted(self.folder.glob("*"), key=os.path.getmtime)[:-KEPT]:
            path.unlink(missing_ok=True)

    def local(self, location: Location) -> Path:
        """A path as it is; of an address a copy."""
        return location if isinstance(location, Path) else fetch(location, self.folder)

    @contextmanager
    def output(self, output: Location) -> Iterator[Path]:
        """Give a path to write an output to; at the block's end it goes to its address, if it has one."""
        local = output if isinstance(output, Path) else self.folder / f"out-{digest(output)}-{file_name(output)}"
        local.parent.mkdir(parents=True, exist_ok=True)
        sweep(local, every=True)
        yield local
        if isinstance(output, str):
            store(local, output)
            local.unlink()
