"""`motion-transfer mix`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field
from tyro.conf import Positional

from motion_transfer.cli.arguments import Common, parse_command
from motion_transfer.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Mix(Common):
    """Make a subject with the face of one and the clothes of another, without training."""

    one: Positional[Path]
    """Folder of a subject."""
    two: Positional[Path]
    """Folder of another subject."""
    face: Path
    """Which of the two gives head, hair and the tone of the skin: its folder, or the folder's name."""
    clothes: Path
    """Which of the two gives clothes, background and place."""
    out: Path
    """Folder of the new subject."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Whose lengths the body has: 0 is that of the clothes, 1 that of the face, 0.3 nearer the clothes'."""


def mix(arguments: Sequence[str]) -> None:
    """Mix, and print what of."""
    command, _ = parse_command(Mix, arguments)
    both = command.one, command.two
    face, clothes = (_one_of(both, getattr(command, name), name) for name in ("face", "clothes"))
    if face == clothes:
        raise ConfigError(f"`face` and `clothes` are both {face}; expected each of the two subjects once.")
    from motion_transfer.workflows.mix import mix

    with command.progress() as progress:
        subject = mix(face, clothes, command.out, share=command.share, progress=progress)
    assert subject.exemplars is not None
    text = (
        f"{command.out}: the face of {face} and the clothes of {clothes}, in {len(subject.exemplars)} exemplars\n"
        f"look at {command.out / 'preview.png'}; use it with\n"
        f"  motion-transfer transfer DANCE --subject {command.out} --out OUT.mp4"
    )
    command.print({"subject": str(command.out), "exemplars": len(subject.exemplars), **subject.record}, text)


def _one_of(subjects: tuple[Path, Path], given: Path, name: str) -> Path:
    """The subject that is given by its path or by the name of its folder."""
    for place in (Path.absolute, lambda path: Path(path.name)):
        found = [subject for subject in subjects if place(subject) == given or place(subject) == place(given)]
        if len(found) == 1:
            return found[0]
    one, two = subjects
    raise ConfigError(f"`{name}` is {given}; expected one of the two subjects, {one} or {two}.")
