"""The verbs about a subject: `show`, `consent`, `pack`, `unpack`, `forget`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tyro.conf import Positional

from motion_transfer.cli.arguments import Cached, Common, parse_command

if TYPE_CHECKING:
    from motion_transfer.marking.pack import Pack as PackFound


@dataclass(frozen=True, kw_only=True)
class Show(Common):
    """Show what a subject is, and who agreed to be shown."""

    subject: Positional[Path]
    """Folder of the subject."""


@dataclass(frozen=True, kw_only=True)
class Consent(Common):
    """Record who agreed to be shown by a subject, how and when. `train --consent` does it from the beginning."""

    subject: Positional[Path]
    """Folder of the subject."""
    record: Positional[str]
    """Who agreed, how and on which day: "NAME, in writing, 2026-11-20"."""


@dataclass(frozen=True, kw_only=True)
class Pack(Common):
    """Write a subject to one file, with a signed list of what it holds."""

    subject: Positional[Path]
    """Folder of the subject."""
    out: Path
    """File to write, such as me.zip."""
    sign_with: str | None = None
    """PEM file of the private key and the certificates to sign with; $MOTION_TRANSFER_SIGN_WITH, or a local certificate
    that is made at first use, if not given."""


@dataclass(frozen=True, kw_only=True)
class Unpack(Common):
    """Take in a packed subject, after a check that it is what was packed.

    `motion-transfer verify` checks it without unpacking.
    """

    file: Positional[Path]
    """The pack."""
    out: Path
    """Folder of the subject to make."""


@dataclass(frozen=True, kw_only=True)
class Forget(Cached, Common):
    """Remove a person: a subject with its exemplars, weights, pictures and training, and the poses of its footage.

    Videos, packs and copies elsewhere are not reached.
    """

    subject: Positional[Path]
    """Folder of the subject."""


def show(arguments: Sequence[str]) -> None:
    """Print what a subject records."""
    command, _ = parse_command(Show, arguments)
    from motion_transfer.marking.consent import consent_of, describe_consent
    from motion_transfer.subject import load_subject

    subject = load_subject(command.subject)
    record, (width, height) = subject.record, subject.size
    training = record.get("training", {})
    lines = {
        "frames": f"{width} x {height}",
        "canvas": f"{subject.canvas[0]} x {subject.canvas[1]}",
        "made by": record.get("made_by", "unknown"),
        "footage": _footage_of(record),
        "training": f"{training.get('steps', 0)} steps",
        "consent": describe_consent(record),
        "SHA-256": subject.sha256,
    }
    result = {"subject": str(command.subject), "sha256": subject.sha256, "size": [width, height]} | record
    result |= {"canvas": list(subject.canvas), "consent": consent_of(record)}
    command.print(result, "\n".join(f"{name:<10}{text}" for name, text in lines.items()))


def _footage_of(record: dict[str, Any]) -> str:
    """What a subject was made of, in words."""
    mixed, footage = record.get("mixed"), record.get("footage", {})
    if isinstance(mixed, dict):
        return " and ".join(f"{part} of {each.get('name')}" for part, each in mixed.items() if isinstance(each, dict))
    return f"{footage.get('name', 'unknown')}, {footage.get('frames', 'unknown')} frames"


def consent(arguments: Sequence[str]) -> None:
    """Record a consent."""
    command, _ = parse_command(Consent, arguments)
    from motion_transfer.workflows.record import record_consent

    record_consent(command.subject, command.record)
    command.print({"subject": str(command.subject), "consent": command.record}, f"{command.subject}: recorded")


def pack(arguments: Sequence[str]) -> None:
    """Pack a subject."""
    command, _ = parse_command(Pack, arguments)
    from motion_transfer.workflows.hand_on import check_pack, pack_subject

    pack_subject(command.subject, command.out, sign_with=command.sign_with)
    print_pack(command, check_pack(command.out), f"{command.out}: {command.out.stat().st_size / 1e6:.1f} MB")


def unpack(arguments: Sequence[str]) -> None:
    """Unpack a subject."""
    command, _ = parse_command(Unpack, arguments)
    from motion_transfer.workflows.hand_on import unpack_subject

    print_pack(command, unpack_subject(command.file, command.out), f"{command.out}: as it was packed")


def forget(arguments: Sequence[str]) -> None:
    """Remove a subject."""
    command, _ = parse_command(Forget, arguments)
    from motion_transfer.pose_cache import open_cache
    from motion_transfer.workflows.hand_on import forget_subject

    done = forget_subject(command.subject, open_cache(command.cache))
    lines = [
        f"removed from {done.folder}: {', '.join(done.removed)}",
        f"removed from the cache: poses of {done.poses} clips of its footage",
        *(f"not removed, of another program: {path}" for path in done.kept),
        f"not reached: the footage itself ({done.footage}), subjects mixed of this one, videos made with it, "
        "pictures of batches and evaluations, packs, and copies elsewhere",
    ]
    result = {"folder": str(done.folder), "removed": list(done.removed), "poses": done.poses}
    result |= {"not_removed": [str(path) for path in done.kept], "footage": done.footage}
    command.print(result, "\n".join(lines))


def print_pack(command: Common, found: "PackFound", headline: str) -> None:
    """Print what a pack holds and who signed it."""
    signer = "not signed: it may be of anyone"
    if found.signer is not None:
        known = (
            "that this machine signs with" if found.signer.known else "of an authority that this machine does not know"
        )
        signer = f"signed by {found.signer.name}, a certificate {known}"
    files = [f"{sha256}  {name}" for name, sha256 in found.files.items()]
    lines = [headline, f"subject {found.title}, packed by {found.made_by}", signer, "SHA-256 of the files:", *files]
    command.print(asdict(found), "\n  ".join(lines))
