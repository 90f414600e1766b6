"""A clip from beginning to end: rendered by several processes, encoded, saved with its truth."""

import multiprocessing
import os
import signal
import zipfile
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.config import EncodeSettings
from motion_transfer.errors import ConfigError, PoseError
from motion_transfer.files import atomic_path, check_output
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.video import VideoWriter
from samples.dancer.characters import CHARACTERS, Skeleton
from samples.dancer.dance import CHOREOGRAPHIES, TEMPO, Choreography, find_choreography
from samples.dancer.geometry import Array
from samples.dancer.people import find_character
from samples.dancer.pose import joints, pose
from samples.dancer.render import Frame, Stage
from samples.dancer.room import Room
from samples.dancer.scene import SCENES, find_scene

SHUTTER_FPS = 24  # frames a second from which on the shutter is a share of the time between them


@dataclass(frozen=True)
class Clip:
    """What to render. Equal clips give equal pixels on one machine.

    Raises:
        ConfigError: an unknown name, or a size, length, rate or tempo that cannot be rendered.
    """

    character: str = "bruno"
    choreography: str = "dance"
    scene: str = "parlour"
    size: tuple[int, int] = (512, 512)
    fps: Fraction = Fraction(25)
    seconds: float = 10.0
    bpm: float = 112.0
    seed: int = 0
    detail: float = 1.0  # below 1 the body is meshed more coarsely; for tests
    zoom: float = 1.0  # below 1 the camera sees more of the room: at 0.5 the dancer is half as large in the frame
    begin: float = 0.0  # seconds of the choreography that are over when the clip begins

    def __post_init__(self) -> None:
        anybody, length = "or any whole number", self.seconds * self.fps >= 1 and self.seconds <= 3600
        for ok, name, value, expected in (
            (
                self.character in CHARACTERS or self.character.isdigit(),
                "character",
                self.character,
                ", ".join((*CHARACTERS, anybody)),
            ),
            (self.choreography in CHOREOGRAPHIES, "choreography", self.choreography, ", ".join(CHOREOGRAPHIES)),
            (self.scene in SCENES or self.scene.isdigit(), "scene", self.scene, ", ".join((*SCENES, anybody))),
            (all(64 <= n <= 4096 for n in self.size), "size", "{}x{}".format(*self.size), "64 to 4096 pixels a side"),
            (1 <= self.fps <= 120, "fps", str(self.fps), "1 to 120"),
            (TEMPO[0] <= self.bpm <= TEMPO[1], "bpm", f"{self.bpm:g}", "{:g} to {:g}".format(*TEMPO)),
            (length, "seconds", f"{self.seconds:g}", "one frame to an hour"),
            (0.05 <= self.zoom <= 1, "zoom", f"{self.zoom:g}", "0.05 to 1"),
            (0 <= self.begin <= 3600, "begin", f"{self.begin:g}", "0 to an hour"),
            (self.seed >= 0, "seed", str(self.seed), "0 or more"),
        ):
            if not ok:
                raise ConfigError(f"{name} is {value}; expected {expected}.")

    def __len__(self) -> int:
        return max(1, round(self.seconds * self.fps))

    def beat(self, frame: int) -> float:
        """The beat at which a frame is taken."""
        return float((frame / self.fps + Fraction(self.begin)) * Fraction(self.bpm) / 60)

    def room(self) -> Room:
        """The scene before its camera."""
        scene = find_scene(self.scene)
        return Room(replace(scene, zoom=scene.zoom * self.zoom), self.size, find_character(self.character).height)

    def joints(self) -> Array:
        """The true joints (T, 137, 3) in metres, without drawing anything."""
        body, dance = Skeleton(find_character(self.character)), find_choreography(self.choreography, self.seed)
        return np.stack([joints(body, pose(body, dance, self.beat(frame))) for frame in range(len(self))])


@lru_cache(maxsize=1)
def prepare(clip: Clip) -> tuple[Stage, Choreography]:
    """What is drawn: the character in the scene, and the dance."""
    cv2.setNumThreads(1)  # it is the processes that share the cores
    stage = Stage(find_character(clip.character), clip.room(), clip.detail)
    return stage, find_choreography(clip.choreography, clip.seed)


def _draw(clip: Clip, frame: int) -> Frame:
    stage, dance = prepare(clip)
    # Few frames a second are those of a usual video, some of them left out, and are smeared no more.
    exposure = stage.room.scene.shutter * clip.bpm / 60 / float(max(clip.fps, SHUTTER_FPS))
    return stage.render(dance, clip.beat(frame), np.random.default_rng([clip.seed, frame]), exposure)


def render(clip: Clip, workers: int = 1) -> Generator[Frame, None, None]:
    """The clip's frames in order, drawn by `workers` processes, with 0 by this one; closing the generator ends them."""
    if workers < 0:
        raise ConfigError(f"--workers is {workers}; expected 0 or more.")
    if not workers:
        yield from map(partial(_draw, clip), range(len(clip)))
        return
    before = dict(os.environ)  # one thread each: the processes share the cores, and rounding stays the same
    os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1"))
    try:  # the parent answers Ctrl-C for all
        pool = multiprocessing.get_context("spawn").Pool(workers, signal.signal, (signal.SIGINT, signal.SIG_IGN))
    finally:
        os.environ.clear()
        os.environ.update(before)
    with pool:
        yield from pool.imap(partial(_draw, clip), range(len(clip)))


def write(
    clip: Clip, path: Path, workers: int = 1, quality: int = 18, progress: ProgressCallback = no_progress
) -> Path:
    """Render a clip to a video at `path`, and its truth beside it as `.npz`; both appear whole or not at all.

    Returns:
        The truth's path.

    Raises:
        OutputError: it cannot be written there.
        VideoError: it cannot be encoded.
    """
    beside = path.with_suffix(".npz")
    check_output(path)
    check_output(beside)
    settings, room, rows = replace(EncodeSettings(), quality=quality), clip.room(), []
    with atomic_path(beside) as temporary, VideoWriter(path, size=clip.size, fps=clip.fps, settings=settings) as video:
        for frame in track(render(clip, workers), f"rendering {path.name}", len(clip), progress):
            video.write(frame.image)
            rows.append((np.float32(frame.xy), np.float32(frame.xyz), frame.occluded, np.packbits(frame.alpha >= 0.5)))
        arrays = zip(("xy", "xyz", "occluded", "mask"), map(np.stack, zip(*rows, strict=True)), strict=True)
        camera = {f"camera_{k}": getattr(room.camera, k) for k in ("position", "rotation", "focal", "centre")}
        fields = asdict(clip) | {"fps": (clip.fps.numerator, clip.fps.denominator)}
        np.savez_compressed(temporary, background=room.background, **dict(arrays), **camera, **fields)
    return beside


@dataclass(frozen=True)
class Truth:
    """What is true of a clip of T frames, as `write` saved it."""

    xy: Array  # (T, 137, 2) float32 pixels, NaN where not modelled; the first pixel's middle is (0.5, 0.5)
    xyz: Array  # (T, 137, 3) float32 metres
    occluded: Array  # (T, 137) bool: hidden by the body, or outside the frame
    masks: Array  # (T, H, W) bool: the person
    background: Array  # (H, W, 3) uint8 RGB: the empty room
    fps: Fraction
    size: tuple[int, int]


def load_truth(path: Path) -> Truth:
    """Read the truth that `write` saved.

    Raises:
        PoseError: the file is missing, or no truth.
    """
    try:
        with np.load(path, allow_pickle=False) as f:
            (w, h), n, fps = f["size"].tolist(), len(f["xy"]), Fraction(*f["fps"].tolist())
            masks = np.unpackbits(f["mask"], axis=1, count=w * h).reshape(n, h, w).astype(bool)
            return Truth(f["xy"], f["xyz"], f["occluded"], masks, f["background"], fps, (w, h))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        what = f"{path} is not a dancer's truth: {error}"
        raise PoseError(f"{what}. Render it with `python -m samples.dancer`.") from error
