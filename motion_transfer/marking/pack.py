"""A subject in one file, for handing on: a ZIP archive of its files and a signed list of them.

    pack.json           the files' sizes and hashes
    signature.json      whose list that is; missing where the machine that made it could not sign
    subject.json ...    the files, stored as they are

What is received is checked before anything of it is opened: no other members, no links, no compression.
"""

import hashlib
import json
import shutil
import stat
import zipfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from motion_transfer.errors import MotionTransferError, SubjectError, VideoError
from motion_transfer.files import atomic_path
from motion_transfer.limits import TEXT_BYTES, WEIGHT_BYTES
from motion_transfer.loading import Expected, open_archive, open_regular, parse_json
from motion_transfer.marking.identity import Identity
from motion_transfer.marking.signature import Signer, check_signature, sign_bytes
from motion_transfer.marking.statement import PROGRAM
from motion_transfer.version import __version__

LIST, SIGNATURE = "pack.json", "signature.json"
FORMAT = 1
EXPECTED = Expected("a subject that `motion-transfer pack` has packed", SubjectError, "Ask for it again.")
CHUNK = 1 << 20  # bytes that are read at a time


@dataclass(frozen=True)
class Pack:
    """What a pack says of itself, after its check."""

    path: Path
    made_by: str  # program and version
    title: str  # the subject's name
    files: dict[str, str]  # SHA-256 of each file
    signer: Signer | None  # None where it is not signed


def write_pack(folder: Path, names: tuple[str, ...], out: Path, identity: Identity | None) -> None:
    """Write those files of a folder that there are to a pack.

    Raises:
        OutputError: it cannot be written.
    """
    present = [name for name in names if (folder / name).is_file()]
    files = {name: {"bytes": (folder / name).stat().st_size, "sha256": _sha256(folder / name)} for name in present}
    contents = {
        "format": FORMAT,
        "made_by": f"{PROGRAM} {__version__}",
        "title": folder.absolute().name,
        "files": files,
    }
    listed = json.dumps(contents, indent=2).encode()
    with atomic_path(out) as path, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(LIST), listed)
        if identity is not None:
            archive.writestr(zipfile.ZipInfo(SIGNATURE), json.dumps(sign_bytes(listed, identity)))
        for name in present:
            with (folder / name).open("rb") as file, archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as to:
                shutil.copyfileobj(file, to, CHUNK)


def read_pack(path: Path, names: tuple[str, ...], target: Path | None = None) -> Pack:
    """Check a pack, and write its files to the folder `target`, if one is given.

    Raises:
        SubjectError: it is damaged, was changed, or holds something that no pack has; files may have been written.
    """
    with open_regular(path, EXPECTED) as file:
        try:
            with open_archive(file) as archive:
                return _read(path, file, archive, names, target)
        except (MotionTransferError, OSError):
            raise
        except Exception as error:  # zipfile and json raise what the bytes happen to cause
            EXPECTED.refuse(path, f"is damaged or of another kind ({error or type(error).__name__})", error)


def is_pack(path: Path) -> bool:
    """Whether a file is an archive, which no video and no picture is."""
    with open_regular(path, Expected("a file to look at", VideoError)) as file:
        return file.read(4) == b"PK\3\4"


def _read(path: Path, file: BinaryIO, archive: zipfile.ZipFile, names: tuple[str, ...], target: Path | None) -> Pack:
    members = _check_members(path, archive, {LIST, SIGNATURE, *names}, file.seek(0, 2))
    listed = archive.read(members[LIST])
    contents = parse_json(listed.decode(), path, EXPECTED)
    if contents["format"] != FORMAT:
        EXPECTED.refuse(path, f"is a pack of format {contents['format']!r}, and this version reads format {FORMAT}")
    files: dict[str, Any] = contents["files"]
    present = members.keys() - {LIST, SIGNATURE}
    if files.keys() != present:
        EXPECTED.refuse(path, f"does not hold what it lists ({', '.join(sorted(files.keys() ^ present))})")
    signer = None
    if SIGNATURE in members:
        try:
            signer = check_signature(listed, parse_json(archive.read(SIGNATURE).decode(), path, EXPECTED))
        except ValueError as error:
            EXPECTED.refuse(path, f"is not as it was signed: {error}", error)
    for name in sorted(present):
        if _copy(archive, name, target) != files[name]["sha256"]:
            EXPECTED.refuse(path, f"was changed: {name} is not the file that it lists")
    hashes = {name: str(files[name]["sha256"]) for name in files}
    return Pack(path, str(contents["made_by"]), str(contents["title"]), hashes, signer)


def _check_members(path: Path, archive: zipfile.ZipFile, allowed: set[str], size: int) -> dict[str, zipfile.ZipInfo]:
    """The members by their names, after a look at what is declared of them."""
    members = {member.filename: member for member in archive.infolist()}
    if len(members) != len(archive.infolist()):
        EXPECTED.refuse(path, "holds a file twice")
    for name, member in members.items():
        kind = stat.S_IFMT(member.external_attr >> 16)
        limit = TEXT_BYTES if name.endswith(".json") else WEIGHT_BYTES
        problems = {
            "which no pack has": name not in allowed,
            "which is no plain file": kind not in (0, stat.S_IFREG),
            "which is packed or encrypted": member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1,
            "which declares another size than it has": member.file_size != member.compress_size,
            f"which has more than {limit:,} bytes": member.file_size > limit,
        }
        for problem, found in problems.items():
            if found:
                EXPECTED.refuse(path, f"holds {name[:80]!r}, {problem}")
    if sum(member.file_size for member in members.values()) > size:
        EXPECTED.refuse(path, "declares more bytes than it has")
    if LIST not in members:
        EXPECTED.refuse(path, f"has no {LIST}")
    return members


def _copy(archive: zipfile.ZipFile, name: str, target: Path | None) -> str:
    """Read a member, write it where a folder is given; returns its SHA-256."""
    digest = hashlib.sha256()
    with archive.open(name) as member, nullcontext() if target is None else (target / name).open("xb") as file:
        while data := member.read(CHUNK):
            digest.update(data)
            if file is not None:
                file.write(data)
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
