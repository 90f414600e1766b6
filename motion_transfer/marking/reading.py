"""Which marks a file has, and whether they hold."""

import re
from dataclasses import dataclass
from pathlib import Path

from motion_transfer.errors import VideoError
from motion_transfer.limits import PROBE_SECONDS
from motion_transfer.loading import Expected, open_regular, read_image
from motion_transfer.marking.credentials import read_credentials
from motion_transfer.marking.sidecar import read_sidecar
from motion_transfer.marking.statement import PROGRAM, Claim
from motion_transfer.types import StrPath
from motion_transfer.video.ffmpeg import FFmpeg, input_arguments

EXPECTED = Expected("a video or a picture", VideoError, "Give a file that plays.")
TAG_BYTES = 100_000  # of a file's metadata that are read; ours have a hundred
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", b"BM", b"II*\0", b"MM\0*")


@dataclass(frozen=True)
class MarksFound:
    """The marks of a file; None or empty for those that it does not have."""

    path: Path
    credentials: Claim | None
    sidecar: Claim | None
    tag: str  # this program's comment in the container

    @property
    def claims(self) -> list[Claim]:
        """Those that can be signed, the stronger one first."""
        return [claim for claim in (self.credentials, self.sidecar) if claim is not None]

    @property
    def unchanged(self) -> bool | None:
        """Whether the file is as it was signed; None where nothing is signed."""
        signed = [claim for claim in self.claims if claim.signer or claim.problems]
        return not signed[0].problems if signed else None


def verify(path: StrPath) -> MarksFound:
    """Read the marks of a video or picture: Content Credentials, XMP sidecar, comment tag.

    Raises:
        VideoError: it does not exist, or is neither a video nor a picture.
    """
    path = Path(path)
    with open_regular(path, EXPECTED) as file:
        is_picture = file.read(4).startswith(PICTURES)
        file.seek(0)
        tag = _read_picture(path) if is_picture else _read_tag(path)
        return MarksFound(path, read_credentials(file), read_sidecar(path), tag)


def _read_picture(path: Path) -> str:
    """Check that a picture can be read; this program writes no tag into pictures."""
    read_image(path, EXPECTED)
    return ""


def _read_tag(path: Path) -> str:
    """This program's comment in a container.

    Raises:
        VideoError: ffmpeg cannot read the file.
    """
    with FFmpeg([*input_arguments(path), "-f", "ffmetadata", "-"], collect=True) as ffmpeg:
        data, length = memoryview(bytearray(TAG_BYTES)), 0
        while count := ffmpeg.read(data[length:], PROBE_SECONDS):
            length += count
        if not length:
            EXPECTED.refuse(path, "cannot be read")
    text = data[:length].tobytes().decode(errors="replace")
    found = re.search(r"^comment=(.*)$", text, re.MULTILINE | re.IGNORECASE)
    comment = re.sub(r"\\(.)", r"\1", found[1]) if found else ""
    return comment if PROGRAM in comment else ""
