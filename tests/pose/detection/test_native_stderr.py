import subprocess
import sys

PROGRAM = """
import os, sys
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr

def native(text):
    os.write(2, text.encode() + b"\\n")

native("before")
try:
    with suppress_native_stderr():
        native("native noise")
        print("progress", file=sys.stderr)
        {inside}
except ValueError as error:
    print(error, *error.__notes__, sep="\\n", file=sys.stderr)
native("after")
print("python again", file=sys.stderr)
"""


def stderr_of(inside: str) -> list[str]:
    command = [sys.executable, "-c", PROGRAM.format(inside=inside)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()


def test_native_noise_is_held_back_while_pythons_own_words_pass():
    assert stderr_of("pass") == ["before", "progress", "after", "python again"]


def test_blocks_can_be_nested():
    nested = "with suppress_native_stderr(): native('more noise'); print('deeper', file=sys.stderr)"
    assert stderr_of(nested) == ["before", "progress", "deeper", "after", "python again"]


def test_an_error_brings_the_native_words_before_it_along():
    error = ["graph failed", "Native log before the error:", "native noise"]
    assert stderr_of("raise ValueError('graph failed')") == ["before", "progress", *error, "after", "python again"]
