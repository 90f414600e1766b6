"""Footage of the target person → everything that training needs, on disk and bounded in memory."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.config import Pipeline
from motion_transfer.errors import PoseError, SubjectError
from motion_transfer.files import raise_if_disk_full
from motion_transfer.footage.crop import cut, footage_canvas, paste, windows_of
from motion_transfer.footage.plate import background_plate, person_mask
from motion_transfer.pose import LARGEST, PoseSequence, check_fit, clean_poses, load_poses, save_poses
from motion_transfer.pose.geometry.viewport import Windows, whole_windows
from motion_transfer.pose_cache import PoseCache, find_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader

PLATE_FRAMES, PLATE_BYTES = (64, 400), 200e6
"""Frames whose median makes the background plate, as many as fit: few leave ragged edges where a shadow falls."""

LEAST_FRAMES = 20
"""Less footage than this cannot be split into training and held-out frames."""

WINDOWS = "windows.npy"


@dataclass(frozen=True)
class Footage:
    """Studied footage: a folder with one small image a frame, the poses and the background plate."""

    folder: Path
    poses: PoseSequence
    """T frames, in pixels of the footage."""
    canvas: tuple[int, int]
    """(width, height) of the stored frames."""
    background: Frame
    """The plate at the footage's size."""
    windows: Windows
    """(T, 4) what of each frame is stored: left, top, right, bottom in pixels of the footage."""

    def frame(self, index: int) -> Frame:
        """The frame at `index`, as far as its window shows it, on the canvas: RGB (H, W, 3)."""
        return _read_image(frame_path(self.folder, index))

    def whole(self, index: int) -> Frame:
        """The frame at `index` at the footage's size, with the empty room around what was stored of it."""
        image = self.frame(index).astype(np.float32)
        return paste(self.background, self.windows[index], image, np.ones(image.shape[:2], np.float32))

    def plate(self, index: int) -> Frame:
        """The background plate through the window of the frame at `index`, on the canvas: RGB (H, W, 3)."""
        return cut(self.background, self.windows[index], self.canvas)


def split_footage(frames: int, held_out: float) -> tuple[range, range]:
    """Frames to train on, and those at the end that are held out (the last `held_out` share)."""
    boundary = frames - round(frames * held_out)
    return range(boundary), range(boundary, frames)


def preprocess_footage(
    path: Path,
    folder: Path,
    pipeline: Pipeline,
    *,
    poses: PoseSequence | None = None,
    person: str = LARGEST,
    cache: PoseCache | None = None,
    progress: ProgressCallback = no_progress,
) -> Footage:
    """Extract poses, canvas-sized frames and the background plate of a target person's footage.

    The work is done in a folder beside and renamed to `folder` when it is whole, so a folder that exists
    is complete and is only read again.

    Args:
        path: the footage.
        folder: where the result is kept.
        pipeline: its pose and model stages and the smoothing of the training labels are used.
        poses: the footage's poses, if they come from elsewhere; one entry for every frame.
        person: who of several people, see `choose_person`; of use where the poses are found here.
        cache: where poses that were found before are kept.
        progress: called with (stage, done, total).

    Raises:
        VideoError: the footage cannot be read.
        PoseError: nobody is found in it, or `poses` does not fit it.
        SubjectError: it is too short.
    """
    with VideoReader(path) as reader:
        if not folder.exists():
            if len(reader) < LEAST_FRAMES:
                raise SubjectError(
                    f"{path} has {len(reader)} frames; at least {LEAST_FRAMES} are needed to learn from, and a few "
                    "minutes are recommended. Give longer footage."
                )
            _extract(reader, folder, pipeline, poses, person, cache, progress)
        elif pipeline.model.crop == "person" and not (folder / WINDOWS).exists():
            raise SubjectError(
                f"{folder} was made by a version of motion_transfer that knew no windows; model.crop is "
                f'"{pipeline.model.crop}". Choose another --out, or give --model.crop frame to go on as before.'
            )
    return load_footage(folder)


def load_footage(folder: Path) -> Footage:
    """Footage that was studied before.

    Raises:
        SubjectError, PoseError: something of it is missing or damaged.
    """
    poses, background = load_poses(folder / "poses.npz"), _read_image(folder / "background.png")
    height, width = _read_image(frame_path(folder, 0)).shape[:2]
    path = folder / WINDOWS
    if not path.exists():  # studied by an earlier version
        return Footage(folder, poses, (width, height), background, whole_windows(poses))
    try:
        windows = np.load(path, allow_pickle=False).astype(np.int32)
    except (OSError, ValueError) as error:
        raise SubjectError(f"{path} is damaged ({error}). Delete {folder} and train again to rebuild it.") from error
    return Footage(folder, poses, (width, height), background, windows)


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def frame_path(folder: Path, index: int) -> Path:
    """Where the frame at `index` of studied footage lies."""
    return folder / "frames" / f"{index:06d}.jpg"


def _extract(
    reader: VideoReader,
    folder: Path,
    pipeline: Pipeline,
    poses: PoseSequence | None,
    person: str,
    cache: PoseCache | None,
    progress: ProgressCallback,
) -> None:
    unfinished = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "frames").mkdir(parents=True)
    try:
        if poses is None:
            raw = find_poses(reader, pipeline.pose, person=person, cache=cache, progress=progress)
        else:
            raw = _check_poses(poses, reader)
        labels = clean_poses(raw, replace(pipeline.pose, smoothing=pipeline.train.smoothing))
        save_poses(unfinished / "poses.npz", labels)
        canvas = footage_canvas(labels, pipeline.model)
        windows = windows_of(labels, pipeline.model.crop, canvas)
        np.save(unfinished / WINDOWS, windows, allow_pickle=False)
        frames = _store_frames(track(reader, "studying footage", len(reader), progress), unfinished, windows, canvas)
        _write_image(unfinished / "background.png", _plate(frames, labels))
    except OSError as error:
        raise_if_disk_full(error, folder)
        raise
    os.replace(unfinished, folder)


def _check_poses(poses: PoseSequence, reader: VideoReader) -> PoseSequence:
    check_fit(poses, len(reader), reader.size, reader.fps, str(reader.path))
    if not poses.present.any():
        raise PoseError(
            f"the poses given for {reader.path} show no person in any of the {len(reader)} frames. "
            "Give the poses of this very video, or none, so that they are found."
        )
    return poses


def _store_frames(frames: Iterable[Frame], folder: Path, windows: Windows, canvas: tuple[int, int]) -> Iterator[Frame]:
    """Pass frames on, keeping what the window of each shows, at the canvas's size."""
    for index, frame in enumerate(frames):
        _write_image(frame_path(folder, index), cut(frame, windows[index], canvas))
        yield frame


def _plate(every: Iterable[Frame], poses: PoseSequence) -> Frame:
    fewest, most = PLATE_FRAMES
    count = min(max(fewest, int(PLATE_BYTES / (3 * poses.size[0] * poses.size[1]))), most, len(poses))
    wanted = set(np.linspace(0, len(poses) - 1, count).round().astype(int).tolist())
    skeleton = poses.skeleton
    bones = [*skeleton.body_bones, *skeleton.left_hand_bones, *skeleton.right_hand_bones]
    frames, persons = [], []
    for index, frame in enumerate(every):
        if index in wanted:
            frames.append(frame)
            persons.append(person_mask(poses.xy[index], bones, poses.size))
    return background_plate(frames, persons)


def _write_image(path: Path, image: Frame) -> None:
    """Write RGB (H, W, 3); JPEG without chroma subsampling, at a quality above that of filmed footage."""
    options = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    encoded = cv2.imencode(path.suffix, image[..., ::-1], options if path.suffix == ".jpg" else [])[1]
    path.write_bytes(encoded.tobytes())


def _read_image(path: Path) -> Frame:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if image is None:
        raise SubjectError(f"{path} is missing or damaged. Delete {path.parent} and train again to rebuild it.")
    return np.ascontiguousarray(image[..., ::-1])
