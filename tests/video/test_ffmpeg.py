import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from motion_transfer.errors import VideoError
from motion_transfer.video.ffmpeg import FFmpeg, file_url, last_words
from motion_transfer.video.lifeline import GUARD

from .clips import ffmpegs

ENDLESS = ["-re", "-f", "lavfi", "-i", "color", "-f", "null", "-"]


def test_a_process_ends_with_its_block() -> None:
    with FFmpeg(ENDLESS):
        until = time.monotonic() + 60
        while not ffmpegs() and time.monotonic() < until:  # until its program has taken the place of ours
            time.sleep(0.01)
        assert len(ffmpegs()) == 1
    assert ffmpegs() == []


def test_a_process_ends_when_python_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys; from motion_transfer.video.ffmpeg import FFmpeg\n"
        f"with FFmpeg({ENDLESS}) as first: pass\n"
        f"with FFmpeg({ENDLESS}) as one, FFmpeg({ENDLESS}): print('started', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as python:
        assert python.stdout is not None
        assert python.stdout.readline() == b"started\n"
        running = ffmpegs(python.pid)
        python.kill()
    assert len(running) == 2
    wait_for_the_end(*running)


def wait_for_the_end(*processes: int) -> None:
    until = time.monotonic() + 60
    while any(is_alive(pid) for pid in processes):
        assert time.monotonic() < until, "they outlive it"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


PARENT = """\
import subprocess, sys, time
from motion_transfer.video.lifeline import guard, release
children = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(3)]
for child in children:
    guard(child)
release(children[1])
print(*(child.pid for child in children), flush=True)
time.sleep(60)
"""


def test_a_killed_parent_takes_along_what_it_has_not_released() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    first, released, last = map(int, parent.stdout.readline().split())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    try:
        wait_for_the_end(first, last)
        assert is_alive(released)
    finally:
        os.kill(released, signal.SIGKILL)


def test_a_process_may_be_released_many_times() -> None:
    lines = "+ 999999991\n" + "- 999999991\n" * 2_000 + "- 999999992\n" * 2_000
    subprocess.run(["/bin/sh", "-c", GUARD], input=lines, text=True, check=True, timeout=60)


def test_ten_thousand_lines_of_complaint_do_not_block(tmp_path: Path) -> None:
    with FFmpeg(
        ["-loglevel", "trace", "-f", "lavfi", "-i", "color=d=40", "-vf", "showinfo", "-f", "null", "-"]
    ) as ffmpeg:
        assert ffmpeg.wait() == 0
        assert len(ffmpeg.log()) > 100_000


def test_a_failure_carries_ffmpegs_own_words(tmp_path: Path) -> None:
    with FFmpeg(["-i", "nothing.mp4", str(tmp_path / "out.mp4")]) as ffmpeg, pytest.raises(VideoError) as caught:
        ffmpeg.check_written(tmp_path / "out.mp4")
    assert "No such file or directory" in str(caught.value)


def test_last_words_leave_out_addresses_and_empty_lines() -> None:
    log = "first\n[h264 @ 0x55fb] [dec:h264 @ 0x7f] co located POCs unavailable\n\n[in#0 @ 0x1] End of file\n"
    assert last_words(log, lines=2) == "co located POCs unavailable; End of file"
    assert last_words("\n") == "nothing"


@pytest.mark.parametrize("name", ["-y.mp4", "http://x/y.mp4", "a b.mp4"])
def test_no_name_is_taken_for_an_option_or_an_address(name: str) -> None:
    assert file_url(Path(name)) == f"file:{Path.cwd()}/{Path(name)}"
