"""Where the clips of real people lie, which are never part of the project."""

import os
from pathlib import Path

import pytest

VARIABLE = "MOTION_TRANSFER_CLIPS"


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real clips: `MOTION_TRANSFER_CLIPS`, else `shared/clips` beside the checkout."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "clips"
    if (folder / "MANIFEST.md").is_file():
        return folder
    missing = f"no real clips in {folder}; set {VARIABLE} to the folder that holds them and their MANIFEST.md"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
