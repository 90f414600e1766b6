"""Clips of the drawn world, the smallest pipelines, subjects trained on those clips, and processes to run."""

# ruff: noqa: E402  the import hook has to come first

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ["MOTION_TRANSFER_CACHE"] = "off"  # nothing of the user's, and nothing kept from test to test
# A program started in the background may inherit ignored signals, and passes them on to what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)

from jaxtyping import install_import_hook

# Before anything imports the networks: their declared shapes are checked at every call.
install_import_hook("motion_transfer.models", "beartype.beartype")

import hypothesis
import numpy as np
import pytest
import torch

from motion_transfer import config
from motion_transfer.config.options import TrainOptions
from motion_transfer.footage.preprocess import Footage, preprocess_footage
from motion_transfer.pose import OPENPOSE_137, Detection, PoseSequence, save_poses
from motion_transfer.subject import Subject
from motion_transfer.types import Frame
from motion_transfer.video.ffmpeg import ffmpeg_binary
from motion_transfer.workflows.train import train
from tests.drawn_world import Clip, dancing, film
from tests.trained import drawing

torch.set_num_threads(1)
hypothesis.settings.register_profile("busy", deadline=None)  # the machine may be busy with other work
hypothesis.settings.load_profile("busy")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def user_config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration folder for the tests, with the certificate that they sign with."""
    folder = tmp_path_factory.mktemp("config")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Two seconds of the target person, portrait, without sound."""
    folder = tmp_path_factory.mktemp("footage")
    return film(folder / "me.mp4", dancing(24, (96, 160), Fraction(12), height=100), 1, (200, 40, 60))


@pytest.fixture(scope="session")
def picture(footage: Clip) -> Clip:
    """The first frame of the footage as a picture."""
    path, poses = footage.video.with_suffix(".png"), replace(footage.poses[:1], fps=Fraction(25))
    subprocess.run([ffmpeg_binary(), "-v", "error", "-i", footage.video, "-frames:v", "1", path], check=True)
    save_poses(path.with_suffix(".picture.npz"), poses)
    return Clip(path, poses, path.with_suffix(".picture.npz"), footage.background)


@pytest.fixture(scope="session")
def dance(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A dancer, landscape, at 30000/1001 with a tone; without a person in the frames 20 to 39."""
    folder = tmp_path_factory.mktemp("dance")
    poses = dancing(45, (128, 96), Fraction(30000, 1001), height=60, speed=0.6)
    xy, score = poses.xy.copy(), poses.score.copy()
    xy[20:40], score[20:40] = np.nan, 0
    silent = film(folder / "silent.mp4", PoseSequence(xy, score, poses.size, poses.fps), 2, (40, 60, 200))
    tone = ["-f", "lavfi", "-i", "sine=d=3", "-c:v", "copy", "-c:a", "aac", "-shortest"]
    video = folder / "dance.mp4"
    subprocess.run([ffmpeg_binary(), "-v", "error", "-i", silent.video, *tone, video], check=True)
    return silent._replace(video=video)


@pytest.fixture(scope="session")
def tiny() -> config.Pipeline:
    """The smallest networks there are, trained for six steps."""
    judges = {"discriminator_width": 4, "discriminator_layers": 1, "discriminator_scales": 1}
    sizes = {"exemplars": 6, "candidates": 3, "width": 4, "downsamplings": 1, "blocks": 1}
    model = config.ModelSettings(size=64, crop="frame", base="none", **sizes, **judges)
    training = config.TrainSettings(steps=6, minutes=0.0, perceptual_weight=0.0, perceptual="vgg", smoothing="none")
    return config.Pipeline(model=model, train=training)


@pytest.fixture(scope="session")
def tiny_toml(tiny: config.Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a pipeline file."""
    path = tmp_path_factory.mktemp("pipeline") / "tiny.toml"
    path.write_text(config.pipeline_to_toml(tiny), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def preprocessed(footage: Clip, tiny: config.Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """The footage, ready for training. Not to be changed."""
    return preprocess_footage(
        footage.video, tmp_path_factory.mktemp("preprocessed") / "footage", tiny, poses=footage.poses
    )


@pytest.fixture(scope="session")
def learned(footage: Clip, tiny: config.Pipeline, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Subject]:
    """A subject that was learned without interruption: its folder, and itself. Not to be changed."""
    folder = tmp_path_factory.mktemp("subjects") / "me"
    options = TrainOptions(device="cpu", force=True, consent="Ada Doe, in writing, 2026-01-31")
    return folder, train(footage.video, folder, tiny, options, poses=footage.poses)


@pytest.fixture(scope="session")
def empty_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of video without a person."""
    path = tmp_path_factory.mktemp("scene") / "empty.mp4"
    source = ["-f", "lavfi", "-i", "gradients=s=128x96:r=25:d=1:speed=0.00001", "-pix_fmt", "yuv420p"]
    subprocess.run([ffmpeg_binary(), "-v", "error", *source, path], check=True)
    return path


Command = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    """The environment of a fresh Python that sees this checkout and stays off the other cores."""
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"} | more


@pytest.fixture(scope="session")
def command() -> Command:
    """`command("probe", path)` runs `motion-transfer probe path` in a process of its own."""

    def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "motion_transfer", *map(str, words)]
        return subprocess.run(line, capture_output=True, text=True, timeout=600, env=environment(), **options)

    return run


@pytest.fixture(scope="session")
def start_command() -> Callable[..., subprocess.Popen[str]]:
    """The same, but it returns at once, with the running process."""

    def start(*words: object) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "motion_transfer", *map(str, words)]
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())

    return start


@pytest.fixture
def unprivileged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """A block in which permissions count, also where the tests run as root."""

    @contextmanager
    def block() -> Iterator[None]:
        if os.getuid() != 0:
            yield
            return
        os.setresuid(65534, 65534, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)

    return block


@pytest.fixture
def locked_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that all may enter and only privileged users may write to."""
    folder = Path(tempfile.mkdtemp())  # pytest's own folders let only their owner in
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def drawn_detector(monkeypatch: pytest.MonkeyPatch, footage: Clip, dance: Clip) -> None:
    """A detector that knows the drawn figures, which are too plain for MediaPipe, by the frame's size."""
    known = {clip.poses.size: clip.poses for clip in (footage, dance)}

    class Detector:
        def __init__(self, settings: object, size: tuple[int, int], fps: object = None) -> None:
            self.poses, self.seen = known[size], 0

        def __enter__(self) -> "Detector":
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def __call__(self, frame: Frame) -> list[Detection]:
            index = self.seen % len(self.poses)
            self.seen += 1
            unknown = np.full(OPENPOSE_137.body.stop, np.nan, np.float32)
            return [Detection(self.poses.xy[index], self.poses.score[index], unknown)]

    class Verifier(Detector):
        """Verifies every detection, and counts one person."""

        def __call__(self, frame: Frame, *people: object) -> None:  # type: ignore[override]
            pass

        def count(self, frame: Frame) -> int:
            return 1

    for name, stand_in in {
        "HolisticEstimator": Detector,
        "RoiTracker": Detector,
        "DetectionVerifier": Verifier,
    }.items():
        monkeypatch.setattr(f"motion_transfer.pose.estimation.observer.{name}", stand_in)


@pytest.fixture(scope="session")
def tiny_stages(tiny: config.Pipeline) -> config.Pipeline:
    """The smallest networks that train in all three stages, six steps each."""
    parts = {"face": True, "face_size": 32, "face_width": 4, "face_downsamplings": 1, "face_blocks": 1}
    return replace(
        drawing(tiny, network="local", **parts),
        train_local=config.LocalStageSettings(steps=6, discriminator_scales=2),
        train_face=config.FaceStageSettings(steps=6),
    )
