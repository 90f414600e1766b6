"""The folder for files that can be made or fetched again: found poses, downloaded weights."""

import os
import sys
from pathlib import Path


def cache_dir() -> Path:
    """The user's cache folder for this package; it need not exist yet.

    `$XDG_CACHE_HOME/motion-transfer` or `~/.cache/motion-transfer`, `~/Library/Caches/motion-transfer` on macOS,
    `%LOCALAPPDATA%/motion-transfer` on Windows.
    """
    if sys.platform == "win32":
        caches = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        caches = Path.home() / "Library" / "Caches"
    else:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "motion-transfer"
