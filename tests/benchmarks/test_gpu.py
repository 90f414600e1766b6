"""The benchmark for graphics cards, as far as it runs without one."""

import os
import subprocess
import sys

import torch

from benchmarks.gpu import NetworkClock, drawn_dance, transfer_row
from benchmarks.harness import ROOT
from benchmarks.synthesis import drawn_subject
from motion_transfer.config import load_pipeline
from motion_transfer.models.inference import InferenceGenerator
from motion_transfer.subject import build_generator

CPU = torch.device("cpu")


def test_no_detector_of_poses_is_needed():
    code = "import sys; sys.modules['mediapipe'] = None; import benchmarks.gpu"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def test_the_network_waits_for_a_part_of_a_transfer(tmp_path):
    dance = drawn_dance(tmp_path, (96, 160), 3)
    row = transfer_row(drawn_subject(tmp_path, (96, 160)), dance, tmp_path, CPU)
    assert (row["size"], row["frames"]) == ("96 × 160", 3)
    assert 0 < row["waiting"] < 1


def test_the_clock_counts_the_calls_within_its_block():
    pipeline = load_pipeline("default")
    generator = InferenceGenerator(build_generator(pipeline).eval(), CPU)
    inputs = *torch.rand(3, 1, 3, 32, 16).unbind(), torch.rand(1, pipeline.model.candidates, 5, 32, 16)
    with torch.inference_mode():
        with NetworkClock(CPU) as clock:
            generator(*inputs)
            first = clock.seconds()
            generator(*inputs)
        second = clock.seconds()
        generator(*inputs)
    assert 0 < first < second == clock.seconds()
