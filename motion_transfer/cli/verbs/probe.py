"""`motion-transfer probe`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tyro.conf import Positional

from motion_transfer import video
from motion_transfer.cli.arguments import Common, parse_command


@dataclass(frozen=True, kw_only=True)
class Probe(Common):
    """Describe a video: size as shown, exact frame rate, length, rotation, codec, colour, sound.

    Also whether it is interlaced, and whether it is transparent: then it is laid over black.
    """

    video: Positional[Path]
    """A video file."""


def probe(arguments: Sequence[str]) -> None:
    """Print a video's properties, one a line."""
    command, _ = parse_command(Probe, arguments)
    info = video.probe(command.video)
    values = asdict(info)
    shown = values | {"fps": f"{info.fps} ({float(info.fps):.6g})"}
    shown |= {name: f"{float(getattr(info, name)):.3f} s" for name in ("duration", "start")}
    lines = [f"{name.replace('_', ' '):<16}{_text(value)}" for name, value in shown.items()]
    command.print(values, "\n".join(lines))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    if isinstance(value, tuple):
        return " x ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
