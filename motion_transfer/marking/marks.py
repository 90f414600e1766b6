"""The marks of a result, as the writer of videos puts them on."""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from motion_transfer.config.options import MarkingOptions
from motion_transfer.marking.credentials import TYPES, check_identity, sign
from motion_transfer.marking.identity import Identity, find_identity
from motion_transfer.marking.label import Label
from motion_transfer.marking.sidecar import write_sidecar
from motion_transfer.marking.statement import Statement
from motion_transfer.types import Frame


@dataclass(frozen=True)
class Marks:
    """What a result says of its origin; see `motion_transfer.video.writer.Marks`."""

    statement: Statement
    credentials: bool = True
    identity: Identity | None = None  # who signs; without one, the statement stands unsigned where it can
    label: Label | None = None

    @property
    def comment(self) -> str:
        """For the container's comment tag."""
        return self.statement.comment

    def draw(self, frame: Frame) -> Frame:
        """The frame with what is to be seen on it."""
        return frame if self.label is None else self.label.draw(frame)

    def complete(self, unfinished: Path, path: Path) -> None:
        """Sign a complete file that is to be `path`, or write its sidecar where the container cannot be signed.

        A failure costs the signature, with a warning, and not the result.
        """
        if not self.credentials:
            return
        try:
            if unfinished.suffix.lower() not in TYPES:
                write_sidecar(path, unfinished, self.statement, self.identity)
            elif self.identity is not None:
                _sign_in_place(unfinished, self.statement, self.identity, path.name)
        except OSError as error:
            reason = error.strerror or error
            warnings.warn(f"{path} could not be signed ({reason}); it only has a tag.", stacklevel=2)


def make_marks(statement: Statement, options: MarkingOptions) -> Marks:
    """The marks of a result.

    Raises:
        ConfigError: the file to sign with cannot be read or cannot sign, or no font has the label's characters.
    """
    label = None if options.label is None else Label(options.label, options.label_corner)
    identity = None
    if options.credentials and (identity := find_identity(options.sign_with)):
        check_identity(identity)
    return Marks(statement, options.credentials, identity, label)


def _sign_in_place(path: Path, statement: Statement, identity: Identity, title: str) -> None:
    signed = path.with_suffix(f".signed{path.suffix}")
    try:
        sign(path, signed, statement, identity, title)
        os.replace(signed, path)
    finally:
        signed.unlink(missing_ok=True)
