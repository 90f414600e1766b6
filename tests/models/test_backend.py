"""Networks that OpenVINO computes: the pictures of PyTorch."""

import gc
import json
import os
import subprocess
import sys
import weakref
from dataclasses import replace
from importlib.util import find_spec

import pytest
import torch

from motion_transfer.config import load_pipeline
from motion_transfer.models.backend import with_openvino
from motion_transfer.subject import build_generator
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.skipif(find_spec("openvino") is None, reason="OpenVINO is not installed: the extra `fast`"),
    pytest.mark.usefixtures("unchecked_shapes"),
]

SIZE = 32  # of the crops of face and hands
BOXES = torch.tensor([[[8.0, 8, 40, 40], [0, 20, 16, 36], [40, 20, 56, 36]]])


def generator_of(preset):
    """A narrow generator of a preset, with fresh weights; a compositor's make its output depend on all it is given."""
    torch.manual_seed(1)
    pipeline = load_pipeline(preset)
    model = replace(pipeline.model, width=8, face_width=4, face_size=SIZE, hands=pipeline.model.face)
    generator = build_generator(replace(pipeline, model=model)).eval()
    if preset == "default":
        torch.nn.init.kaiming_normal_(generator.network.out.weight)
    return generator.requires_grad_(False)


class Noise:
    """Inputs of generators, the same in each run of a clip."""

    def __init__(self, *clips):
        self.sources = [torch.Generator().manual_seed(clip) for clip in clips]

    def __call__(self, *shape):
        return torch.stack([torch.rand(shape, generator=each) for each in self.sources])

    def images(self):
        return self(3, 64, 64) * 2 - 1


def dance(generator, *clips, frames=60):
    """(T, clips, 3, H, W): each clip's frames from a compositor, each made of the one before."""
    noise, frame, made = Noise(*clips), torch.zeros(len(clips), 3, 64, 64), []
    for _ in range(frames):
        frame = generator(noise.images(), frame, noise.images(), noise(5, 5, 64, 64)).frame
        made.append(frame)
    return torch.stack(made)


def apart(one, other):
    """The largest difference, in levels of 255."""
    return (one - other).abs().max() * 127.5


def test_after_60_frames_each_made_of_the_one_before_at_most_one_level_of_255_is_different():
    generator = generator_of("default")
    frames = dance(generator, 0)
    assert frames.std() > 0.1, "there is something to be seen"
    assert 0 < apart(frames, dance(with_openvino(generator), 0)) <= 1


def test_clips_that_are_made_together_come_out_as_they_do_alone():
    generator = with_openvino(generator_of("default"))
    alone = torch.cat([dance(generator, clip, frames=5) for clip in (0, 1)], dim=1)
    assert apart(dance(generator, 0, 1, frames=5), alone) <= 0.1


@pytest.mark.parametrize("preset", ["edn", "edn-small", "pix2pix"])
def test_published_networks_make_the_same_of_the_same_frame_before(preset):
    """Fresh weights multiply a difference a hundredfold from frame to frame, so it is not carried on."""
    generator, noise = generator_of(preset), Noise(0)
    converted = with_openvino(generator)
    for _ in range(3):
        pose, previous, plate = noise.images(), noise.images(), noise.images()
        first, second = (
            each.improve(each(pose, previous, plate), pose, plate, BOXES, SIZE).frame for each in (generator, converted)
        )
        assert first.std() > 0.01, "there is something to be seen"
        assert 0 < apart(first, second) <= 1


def test_a_generator_is_converted_once_stays_as_it_was_and_is_not_kept():
    generator = generator_of("default")
    before = dance(generator, 0, frames=3)
    converted = with_openvino(generator)
    assert with_openvino(generator) is converted is not generator
    assert not torch.equal(dance(converted, 0, frames=3), before)
    assert torch.equal(dance(generator, 0, frames=3), before)
    assert {id(each) for each in converted.parameters()} == {id(each) for each in generator.parameters()}
    kept = weakref.ref(generator), weakref.ref(converted)
    del generator, converted
    gc.collect()
    assert [each() for each in kept] == [None, None]


def test_nobody_is_told_that_it_is_used(tmp_path):
    code = "import json, sys; from motion_transfer.models.device import load_openvino; load_openvino(); " + (
        "print(json.dumps([name for name in sys.modules if name.startswith('openvino_telemetry.')]))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert json.loads(done.stdout) == []
    assert not list(tmp_path.iterdir())
