"""Several processes under torchrun compute what one computes with a batch so many times larger."""

import itertools
import json
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn

from motion_transfer.config import pipeline_to_toml
from motion_transfer.training.stages import stages_of
from motion_transfer.training.state import TrainingState
from motion_transfer.workflows.train import train
from tests.conftest import environment
from tests.trained import FORCED


@pytest.mark.slow
def test_two_processes_train_like_one_with_the_doubled_batch(footage, tiny_stages, tmp_path):
    """All three stages by torchrun and gloo: the same losses, the same weights; one process speaks and writes."""
    halved = replace(tiny_stages, train=replace(tiny_stages.train, batch=2, checkpoint_minutes=1e-9))
    (tmp_path / "tiny.toml").write_text(pipeline_to_toml(halved), encoding="utf-8")
    words = ["-m", "motion_transfer", "train", footage.video, "--out", tmp_path / "two", "--poses", footage.pose_file]
    words += ["--device", "cpu", "--pipeline", tmp_path / "tiny.toml", "--force"]
    line = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *words]
    quiet = environment(PYTHONWARNINGS="ignore")
    done = subprocess.run(list(map(str, line)), capture_output=True, text=True, timeout=300, env=quiet)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("18 steps in") == 1

    doubled = replace(halved, train=replace(halved.train, batch=4))
    train(footage.video, tmp_path / "one", doubled, FORCED, poses=footage.poses)
    logs, states = [], []
    for name in ("one", "two"):
        folder = tmp_path / name / "training"
        logs.append([json.loads(text) for text in (folder / "log.jsonl").read_text().splitlines()])
        states.append(torch.load(folder / "checkpoint.pt", weights_only=True))
    assert [line["step"] for line in logs[1]] == list(range(1, 19))
    for one, two in zip(*logs, strict=True):
        losses = set(one) - {"stage", "seconds", "waiting", "held_out_psnr"}
        assert {name: two[name] for name in losses} == pytest.approx({name: one[name] for name in losses}, rel=2e-3)
    face = TrainingState(stages_of(doubled)[-1], torch.device("cpu"))
    for part in ("generator", "average", "discriminator"):
        idle = biases_without_effect(getattr(face, part))
        for name, tensor in states[0][part].items():
            if name not in idle:
                # A quarter of one of Adam's 18 steps: it makes as much of a gradient of rounding errors as of any.
                assert (states[1][part][name] - tensor).abs().mean() < 5e-5, f"{part}: {name}"


def biases_without_effect(network):
    """Names of the biases that the instance norm right after them takes out again, so that only rounding moves them."""
    names = set()
    for place, module in network.named_modules():
        layers = list(module.named_children()) if isinstance(module, nn.Sequential) else []
        for (name, _), (_, after) in itertools.pairwise(layers):
            if isinstance(after, nn.InstanceNorm2d):
                names.add(f"{place}.{name}.bias")
    return names


def test_only_biases_before_a_norm_have_no_effect(tiny_stages):
    state = TrainingState(stages_of(tiny_stages)[-1], torch.device("cpu"))
    state.generator.double()  # single precision would show the rounding
    idle = biases_without_effect(state.generator)
    x = [torch.rand(1, channels, 96, 64, dtype=torch.float64) for channels in (3, 3, 3)]
    with torch.no_grad():
        before = state.generator(*x).frame
        for name, parameter in state.generator.named_parameters():
            if name in idle:
                parameter.add_(3)
        assert torch.allclose(state.generator(*x).frame, before, atol=1e-9)
    biases = {name for name, _ in state.generator.named_parameters() if name.endswith("bias")}
    assert {name.split(".")[0] for name in biases - idle} == {"network", "face"}, "the last convolutions' count"
