"""The benchmark for graphics cards, as far as it runs without one."""

import os
import subprocess
import sys

import torch

from benchmarks.gpu import NetworkClock, transfer_row
from benchmarks.harness import ROOT

CPU = torch.device("cpu")


def test_no_detector_of_poses_is_needed():
    code = "import sys; sys.modules['mediapipe'] = None; import benchmarks.gpu"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def test_the_network_waits_for_a_part_of_a_transfer(tmp_path):
    row = transfer_row(tmp_path, (96, 160), CPU, 3)
    assert (row["size"], row["frames"]) == ("96 × 160", 3)
    assert 0 < row["waiting"] < 1


def test_the_clock_counts_the_calls_within_its_block():
    network = torch.nn.Identity()
    with NetworkClock(network, CPU) as clock:
        network(torch.zeros(1))
        first = clock.seconds()
        network(torch.zeros(1))
    network(torch.zeros(1))
    assert first > 0
    assert clock.seconds() > first
