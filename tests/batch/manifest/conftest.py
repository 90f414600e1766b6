import pytest


@pytest.fixture
def place(tmp_path, learned):
    """A folder with two dances and a subject, and how to write a manifest there."""
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "me").symlink_to(learned[0])
    return tmp_path
