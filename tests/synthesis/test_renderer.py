"""What the networks are given, and frames of their answers: in processes of their own the same as in this one."""

import subprocess
import sys
from dataclasses import replace
from itertools import repeat

import numpy as np
import pytest
import torch

from motion_transfer.synthesis import frames
from motion_transfer.synthesis.clip import Clip
from motion_transfer.synthesis.frames import synthesise_together
from tests.drawn_world import without
from tests.trained import drawing, strong_generator

CPU = torch.device("cpu")


@pytest.fixture
def subject(learned):
    return replace(learned[1], generator=strong_generator(learned[1].pipeline))


def made(clips):
    return [[None if frame is None else frame.copy() for frame in step] for step in synthesise_together(clips)]


@pytest.mark.parametrize("how", ["own", "other", "transparent", "drawn"])
def test_frames_made_in_processes_are_those_made_here(subject, footage, how, monkeypatch):
    if how == "drawn":
        pipeline = drawing(subject.pipeline)
        subject = replace(subject, pipeline=pipeline, generator=strong_generator(pipeline), exemplars=None)

    def clips():
        backdrop = repeat(255 - subject.background) if how == "other" else None
        some = {"device": CPU, "transparent": how == "transparent", "backdrop": backdrop}
        return [Clip(subject, without(footage.poses[:5], frames=2), **some), Clip(subject, footage.poses[4:7], **some)]

    here = made(clips())
    monkeypatch.setattr(frames, "count_processes", lambda count: 2)
    there = made(clips())
    for ours, theirs in zip(here, there, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert (one is None) == (other is None)
            assert one is None or np.array_equal(one, other)
    assert there[0][0].flags.writeable, "the frame is the consumer's own"


def test_labels_that_processes_found_are_known_afterwards(subject, footage, monkeypatch):
    monkeypatch.setattr(frames, "count_processes", lambda count: 2)
    subject.exemplars.labels.clear()
    clip = Clip(subject, footage.poses[:4], CPU)
    made([clip])
    bank = subject.exemplars
    assert set(bank.labels) == clip.exemplars_shown() != set()
    for k, labels in bank.find_labels(bank.labels).items():
        assert np.array_equal(labels, bank.labels[k])


def test_a_few_frames_and_a_single_core_are_not_worth_a_process(monkeypatch):
    for cores, count, expected in (
        (1, 1000, 0),
        (4, frames.FEWEST - 1, 0),
        (4, frames.FEWEST, 4),
        (64, 1000, frames.MOST),
    ):
        monkeypatch.setattr(torch, "get_num_threads", lambda cores=cores: cores)
        assert frames.count_processes(count) == expected


def test_its_processes_do_without_pytorch():
    code = "import sys, motion_transfer.synthesis.renderer; print('torch' in sys.modules, 'kornia' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False False\n"
