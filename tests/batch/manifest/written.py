"""Manifests that tests write, read and check."""

import pytest

from motion_transfer.batch import BatchOptions, Job, TransferManifest, check_manifest
from motion_transfer.errors import ConfigError


def manifest(place, text, name="jobs.csv"):
    (place / name).write_text(text, encoding="utf-8")
    return place / name


def read(path, options: BatchOptions = BatchOptions()) -> list[Job]:
    return list(TransferManifest(path, path.parent / "out", options))


def check(path, options: BatchOptions = BatchOptions(), **name) -> int:
    return check_manifest(TransferManifest(path, path.parent / "out", options, **name))


def problems(path, **name) -> str:
    with pytest.raises(ConfigError) as caught:
        check(path, **name)
    return str(caught.value)
