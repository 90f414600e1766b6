"""A folder to type commands in."""

import shutil

import pytest


@pytest.fixture
def place(tmp_path, dance, footage, learned, monkeypatch):
    """A folder with a dance, footage and a subject, as the current one."""
    shutil.copy(dance.video, tmp_path / "dance.mp4")
    shutil.copy(dance.pose_file, tmp_path / "dance.npz")
    shutil.copy(footage.video, tmp_path / "me.mp4")
    shutil.copy(footage.pose_file, tmp_path / "me.npz")
    shutil.copytree(learned[0], tmp_path / "me", ignore=shutil.ignore_patterns("training"))
    monkeypatch.chdir(tmp_path)
    return tmp_path
