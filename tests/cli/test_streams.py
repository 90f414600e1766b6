"""Standard streams that are full, closed, or read by nobody: one sentence or silence, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HELP = ["--help", "--version", "probe --help"]


def shell(line, **how):
    program = f"{sys.executable} -m motion_transfer"
    return subprocess.run(["bash", "-c", line.format(program)], capture_output=True, text=True, check=False, **how)


@pytest.mark.parametrize("words", HELP)
def test_a_reader_that_has_gone_is_no_error(words):
    done = shell(f"{{}} {words} | head -c 0; exit ${{{{PIPESTATUS[0]}}}}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_reader_that_has_seen_enough_is_no_error(place):
    done = shell("set -o pipefail; {} probe dance.mp4 --json | head -n 1", env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("words", HELP)
def test_a_full_device_is_told_in_one_sentence(words):
    done = shell(f"{{}} {words} > /dev/full")
    assert done.returncode == 2
    assert done.stderr == (
        "OutputError: standard output cannot be written (No space left on device). Choose another place.\n"
    )


@pytest.mark.parametrize("streams", ["<&- >&- 2>&-", ">&-", "2>&-"])
@pytest.mark.parametrize(("words", "status"), [("--help", 0), ("probe missing.mp4", 2)])
def test_closed_streams_are_no_error(streams, words, status):
    done = shell(f"{{}} {words} {streams}")
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert "missing" not in done.stdout, "an error goes to standard error or nowhere"


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_name_that_is_not_utf_8_is_told(tmp_path, locale):
    done = shell(f"{{}} probe '{tmp_path}/'$'a\\xff.mp4'", env=os.environ | {"LC_ALL": locale})
    assert done.returncode == 2
    assert done.stderr.startswith(f"VideoError: {tmp_path}/a\\udcff.mp4 does not exist")
