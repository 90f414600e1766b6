"""`motion-transfer cache`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tyro.conf import Positional

from motion_transfer.cli.arguments import CachePlace, Common, parse
from motion_transfer.cli.console import tell
from motion_transfer.config import Pipeline


@dataclass(frozen=True, kw_only=True)
class Cache(Common):
    """Look at the cache of poses, or empty it."""

    action: Positional[Literal["info", "clear"]] = "info"
    """info: where it is and how large; clear: delete all that is in it."""
    cache: CachePlace = None
    """Its folder; $MOTION_TRANSFER_CACHE or the user's cache folder if not given."""


def main(arguments: Sequence[str]) -> None:
    """Tell what the cache holds, after emptying it if that was asked for."""
    command = parse(Cache, arguments, Pipeline())
    from motion_transfer.pose_cache import open_cache

    cache = open_cache(command.cache)
    if cache is None:
        tell({"folder": None}, "the cache is off", as_json=command.json, quiet=command.quiet)
        return
    before, _ = cache.size()
    if command.action == "clear":
        cache.clear()
    clips, size = cache.size()
    result = {"folder": str(cache.folder), "clips": clips, "bytes": size, "limit": int(cache.limit)}
    text = f"{cache.folder}: poses of {clips} clips, {size / 1e6:.1f} MB of at most {cache.limit / 1e9:g} GB"
    if command.action == "clear":
        text = f"{cache.folder}: poses of {before} clips deleted"
    tell(result, text, as_json=command.json, quiet=command.quiet)
