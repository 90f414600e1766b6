"""`motion-transfer verify`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, parse_command
from motion_transfer.cli.verbs.subjects import print_pack

if TYPE_CHECKING:
    from motion_transfer.marking.reading import MarksFound
    from motion_transfer.marking.statement import Claim

NOTHING_FOUND = 1


@dataclass(frozen=True, kw_only=True)
class Verify(Common):
    """Tell whether a video or picture is marked as generated, by whom, and whether it was changed since.

    Reads Content Credentials, the XMP sidecar beside the file and the container's comment tag; of a packed subject the
    signature.
    Exit code: 0 found, 1 nothing found, 2 not readable.
    """

    file: Positional[Path]
    """A video or a picture, of this program or another, or a packed subject."""


def verify(arguments: Sequence[str]) -> int:
    """Print the marks of a file; returns the exit code."""
    command, _ = parse_command(Verify, arguments)
    from motion_transfer.marking.pack import is_pack
    from motion_transfer.marking.reading import verify

    if is_pack(command.file):
        from motion_transfer.workflows.hand_on import check_pack

        pack = check_pack(command.file)
        print_pack(command, pack, f"{command.file}: as it was packed")
        return 0 if pack.signer else NOTHING_FOUND
    marks = verify(command.file)
    found = bool(marks.claims or marks.tag)
    command.print(asdict(marks) | {"found": found, "unchanged": marks.unchanged}, "\n".join(_lines(marks)))
    return 0 if found else NOTHING_FOUND


def _lines(marks: "MarksFound") -> Iterator[str]:
    if not marks.claims and not marks.tag:
        yield f"{marks.path} has no marks. That says nothing of how it was made: converting a file can remove them."
        return
    state = {
        True: "unchanged since it was signed",
        False: "NOT as it was signed",
        None: "marked, but not signed: nothing shows whether it was changed",
    }
    yield f"{marks.path}: {state[marks.unchanged]}"
    for name, claim in (("Content Credentials", marks.credentials), ("XMP sidecar", marks.sidecar)):
        if claim is not None:
            yield f"  {name}"
            yield from (f"    {line}" for line in _claim_lines(claim))
    if marks.tag:
        yield f"  comment tag\n    {marks.tag}"


def _claim_lines(claim: "Claim") -> Iterator[str]:
    yield from (f"PROBLEM: {problem}" for problem in claim.problems)
    if claim.program:
        kinds = ", ".join(kind.rpartition("/")[2] for kind in claim.source_types)
        yield f"made by {claim.program}{f' as {kinds}' if kinds else ''}"
    if claim.signer:
        known = "that this machine signs with" if claim.known else "of an authority that this machine does not know"
        yield f"signed by {claim.signer}, a certificate {known}"
    for each in claim.ingredients:
        yield f"made from {each.role} {each.title}{f', SHA-256 {each.sha256}' if each.sha256 else ''}"
    if claim.consent:
        yield f"record of consent with the SHA-256 {claim.consent}"
