"""The user's folders for this package, by the XDG base directories; they need not exist yet."""

import os
import tempfile
from pathlib import Path


def cache_dir() -> Path:
    """The folder for files that can be made or fetched again: found poses, downloaded weights."""
    return _user_dir("XDG_CACHE_HOME", ".cache")


def config_dir() -> Path:
    """The folder for what belongs to the user and is kept: the certificate that results are signed with."""
    return _user_dir("XDG_CONFIG_HOME", ".config")


def _user_dir(variable: str, usual: str) -> Path:
    home = os.path.expanduser("~")
    if home == "~":  # a user without an account, as in containers
        home = os.path.join(tempfile.gettempdir(), f"user-{os.getuid()}")
    return Path(os.environ.get(variable) or os.path.join(home, usual), "motion-transfer")
