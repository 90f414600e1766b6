"""What marks a video as generated, as writers of videos see it."""

from pathlib import Path
from typing import Protocol

from motion_transfer.types import Frame


class Marks(Protocol):
    """How a result says that it was generated; `motion_transfer.mark` makes them."""

    @property
    def comment(self) -> str:
        """For the container's comment tag."""

    def draw(self, frame: Frame) -> Frame:
        """The frame, RGB or RGBA, with what is to be seen on it."""

    def complete(self, unfinished: Path, path: Path) -> None:
        """Take the complete file before it becomes `path`."""
