"""The folder for files that can be made or fetched again: found poses, downloaded weights."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """The user's cache folder for this package, by the XDG base directories; it need not exist yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "motion-transfer"
