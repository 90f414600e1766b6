"""`motion-transfer cache`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tyro.conf import Positional

from motion_transfer.cli.arguments import Cached, Common, parse_command


@dataclass(frozen=True, kw_only=True)
class Cache(Cached, Common):
    """Show the size of the cache of poses, or clear it."""

    action: Positional[Literal["info", "clear"]] = "info"
    """info: where it is and how large; clear: delete all that is in it."""


def cache(arguments: Sequence[str]) -> None:
    """Print what the cache holds, or clear it."""
    command, _ = parse_command(Cache, arguments)
    from motion_transfer.pose_cache import open_cache

    cache = open_cache(command.cache)
    if cache is None:
        command.print({"folder": None}, "the cache is off")
        return
    before, _ = cache.size()
    if command.action == "clear":
        cache.clear()
    clips, size = cache.size()
    result = {"folder": str(cache.folder), "clips": clips, "bytes": size, "limit": int(cache.limit)}
    text = f"{cache.folder}: poses of {clips} clips, {size / 1e6:.1f} MB of at most {cache.limit / 1e9:g} GB"
    if command.action == "clear":
        text = f"{cache.folder}: poses of {before} clips deleted"
    command.print(result, text)
