"""Spoilt files give one clear error, soon and with little memory: a part of what `benchmarks robustness` tries."""

import os
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.robustness import hostile
from benchmarks.robustness.calling import call
from benchmarks.robustness.sound_files import make_base
from motion_transfer.errors import MotionTransferError
from tests.conftest import environment

MEMORY, SECONDS = 1_500_000_000, 20.0  # bytes, and seconds of computing, that an input may take
KINDS = [kind for kind in hostile.KINDS if kind not in ("video", "sound", "arguments", "settings")]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound") / "base"
    make_base(folder)
    return folder


@contextmanager
def little_memory():
    """No more than `MEMORY` can be allocated beyond what this process has."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=24, derandomize=True, database=None)
@given(seed=st.integers(1_000_000, 2**31))  # others than those of the benchmark
def test_a_spoilt_file_gives_one_clear_error_or_works(kind, base, tmp_path_factory, seed):
    folder, began = tmp_path_factory.mktemp(kind) / "input", time.process_time()
    with little_memory():
        outcome, why = hostile.attempt(kind, seed, base, folder)
    assert outcome != "failed", why
    assert time.process_time() - began < SECONDS


def test_videos_and_arguments_too_in_a_process_with_little_memory_and_time(base, tmp_path):
    script = (
        "import sys; from pathlib import Path; from benchmarks.robustness.hostile import attempt; "
        "base, out = map(Path, sys.argv[1:]); "
        "cases = [(kind, seed) for kind in ('video', 'arguments') for seed in range(5000, 5012)]; "
        "found = [(*case, *attempt(*case, base, out / '{}{}'.format(*case))) for case in cases]; "
        "print(*(f for f in found if f[2] == 'failed'), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, base, tmp_path],
        env=environment(MOTION_TRANSFER_CACHE="off"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (12 * 2**30, 12 * 2**30)),
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr[-2000:]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have names on POSIX systems only")
@pytest.mark.parametrize("name", ["fifo", "/dev/zero"])
@pytest.mark.parametrize("verb", ["probe", "draw", "check"])
def test_what_is_no_regular_file_is_not_waited_for(verb, name, base, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    outputs = ["--out", str(tmp_path / "out.mp4")] if verb == "draw" else []
    with pytest.raises(MotionTransferError, match=r"named pipe|device"):
        call(SimpleNamespace(base=base, folder=tmp_path), [verb, name, *outputs])
