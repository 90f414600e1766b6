"""Processes end with their parent, however that ends."""

import os
import signal
import subprocess
import sys
import time

from motion_transfer.video.lifeline import GUARD

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


def alive(number):
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_parent_takes_along_what_it_has_not_released():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    first, released, last = map(int, parent.stdout.readline().split())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    try:
        deadline = time.monotonic() + 30
        while (alive(first) or alive(last)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not alive(first)
        assert not alive(last)
        assert alive(released)
    finally:
        os.kill(released, signal.SIGKILL)


def test_a_process_may_be_released_many_times():
    lines = "+ 999999991\n" + "- 999999991\n" * 2_000 + "- 999999992\n" * 2_000
    subprocess.run(["/bin/sh", "-c", GUARD], input=lines, text=True, check=True, timeout=60)
