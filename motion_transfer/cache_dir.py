"""The folder for files that can be made or fetched again: found poses, downloaded weights."""

import os
import tempfile
from pathlib import Path


def cache_dir() -> Path:
    """The user's cache folder for this package, by the XDG base directories; it need not exist yet."""
    home = os.path.expanduser("~")
    if home == "~":  # a user without an account, as in containers
        home = os.path.join(tempfile.gettempdir(), f"user-{os.getuid()}")
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "motion-transfer")
