"""Footage of the target person, preprocessed into everything that training needs: on disk, bounded in memory."""

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.config import Pipeline
from motion_transfer.errors import MotionTransferError, PoseError, SubjectError
from motion_transfer.files import raise_if_disk_full
from motion_transfer.footage.canvas import check_canvas, footage_canvas
from motion_transfer.footage.plate import Plates, clip_plates, load_plates, save_plates
from motion_transfer.limits import SIDE
from motion_transfer.loading import Expected, read_arrays, read_image
from motion_transfer.pose import LARGEST, PoseSequence, check_fit, clean_poses, load_poses, save_poses
from motion_transfer.pose.geometry.viewport import Viewport, to_canvas, viewport_of
from motion_transfer.pose_cache import PoseCache, find_poses
from motion_transfer.progress import ProgressCallback, no_progress, track
from motion_transfer.types import Frame, Size, StrPath
from motion_transfer.video import VideoReader

DETAIL_PIXELS = 1_600_000  # of a frame's box that are stored: 4K footage is as sharp as its codec at a half of that
MOST_DETAIL = 8  # stored pixels to one of the canvas, in training
WAITING = 4  # frames that may wait to be encoded

POSES, BOXES = "poses.npz", "viewport.npz"

Watch = Callable[[Iterable[Frame], PoseSequence], Iterable[Frame]]
"""Passes the footage's frames on, one of the poses for each, and measures them on the way."""


@dataclass(frozen=True)
class Footage:
    """Preprocessed footage: a folder with one image a frame, the poses and the background plates."""

    folder: Path
    poses: PoseSequence  # T frames, in pixels of the footage
    viewport: Viewport  # what of each frame is stored, and at what size
    plates: Plates  # at the footage's size

    @property
    def background(self) -> Frame:
        """The plate of the scene that is shown longest, RGB (H, W, 3) at the footage's size."""
        return self.plates.images[0]

    @property
    def canvas(self) -> Size:
        """(width, height) of the frames as a network sees them."""
        return self.viewport.canvas

    def frame(self, index: int) -> Frame:
        """What the viewport shows of the frame at `index`: RGB (H, W, 3) on the canvas."""
        return to_canvas(self.detail(index), self.canvas)

    def detail(self, index: int) -> Frame:
        """The same at the size at which it is stored: RGB (h, w, 3)."""
        path = _frame_path(self.folder, index)
        image = _read_image(path, self.folder)
        if image.shape[1::-1] not in (self.canvas, stored_size(self.viewport, index)):
            _expected("a frame of the footage's viewport", self.folder).refuse(path, "has another size")
        return image

    @cached_property
    def detail_scale(self) -> int:
        """About how many stored pixels there are to one of the canvas, in each direction."""
        heights = [stored_size(self.viewport, index)[1] for index in range(len(self.viewport))]
        if self.detail(0).shape[1::-1] == self.canvas:
            return 1
        return int(np.clip(np.rint(np.median(heights) / self.canvas[1]), 1, MOST_DETAIL))

    def full_frame(self, index: int) -> Frame:
        """The frame at `index` at the footage's size, with the background plate around what was stored of it."""
        image = self.detail(index).astype(np.float32)
        return self.viewport.paste(self.full_plate(index), index, image, np.ones(image.shape[:2], np.float32))

    def full_plate(self, index: int) -> Frame:
        """The background plate of the frame at `index`, at the footage's size."""
        plate: Frame = self.plates.images[self.plates.scenes[index]]
        return plate

    def plate(self, index: int) -> Frame:
        """What the viewport of the frame at `index` shows of its background plate: RGB (H, W, 3) on the canvas."""
        scene = self.plates.scenes[index]
        return (
            self._still_plates[scene] if self.viewport.still else self.viewport.crop(self.plates.images[scene], index)
        )

    @cached_property
    def _still_plates(self) -> list[Frame]:
        """The plates where they are the same for all frames; large footage takes long to scale."""
        return [self.viewport.crop(image, 0) for image in self.plates.images]


def stored_size(viewport: Viewport, index: int) -> Size:
    """(width, height) at which a frame's box is stored in detail: as recorded, but for very large footage."""
    left, top, right, bottom = viewport.boxes[index].tolist()
    width, height = right - left, bottom - top
    share = min(1.0, (DETAIL_PIXELS / (width * height)) ** 0.5)
    return max(1, round(share * width)), max(1, round(share * height))


def split_footage(frames: int, held_out: float) -> tuple[range, range]:
    """Frames to train on, and those at the end that are held out (the last `held_out` share; of a few frames none)."""
    boundary = frames - round(frames * held_out)
    return range(boundary), range(boundary, frames)


def preprocess_footage(
    path: StrPath,
    folder: StrPath,
    pipeline: Pipeline,
    *,
    poses: PoseSequence | None = None,
    person: str = LARGEST,
    canvas: Size | None = None,
    cache: PoseCache | None = None,
    watch: Watch | None = None,
    progress: ProgressCallback = no_progress,
) -> Footage:
    """Extract poses, canvas-sized frames and the background plates of a target person's footage.

    The work is done in a folder beside it, which is renamed to `folder` at the end: a folder that exists is complete,
    and is only read again.

    Args:
        path: the footage; a picture is a clip of one frame.
        folder: where the result is kept.
        pipeline: its pose and model stages and the smoothing of the training labels are used.
        poses: the footage's poses, if they come from elsewhere; one entry for every frame.
        person: who of several people, see `choose_person`; of use where the poses are found here.
        canvas: (width, height) of the frames as a network sees them; the one that suits the footage if not given.
        cache: where poses that were found before are kept.
        watch: given the frames and their poses where they are decoded here, see `FrameMeter.watch`.
        progress: called with (stage, done, total).

    Raises:
        VideoError: the footage cannot be read.
        PoseError: no person is found in it, or `poses` does not fit it.
    """
    path, folder = Path(path), Path(folder)
    if folder.exists():
        return load_footage(folder)
    with VideoReader(path) as reader, _unfinished(folder) as unfinished:
        if poses is None:
            poses = find_poses(reader, pipeline.pose, person=person, cache=cache, progress=progress)
        else:
            _check_poses(poses, reader)
        labels = clean_poses(poses, replace(pipeline.pose, smoothing=pipeline.train.smoothing))
        save_poses(unfinished / POSES, labels)
        viewport = viewport_of(labels, pipeline.model.crop, canvas or footage_canvas(labels, pipeline.model))
        np.savez(unfinished / BOXES, boxes=viewport.boxes, canvas=np.array(viewport.canvas))
        frames: Iterable[Frame] = track(reader, "preprocessing footage", len(reader), progress)
        if watch is not None:
            frames = watch(frames, labels)
        stored = _store_frames(frames, unfinished, viewport, detail=bool(pipeline.model.exemplars))
        save_plates(unfinished, clip_plates(stored, labels))
    return load_footage(folder)


def load_footage(folder: StrPath) -> Footage:
    """Read footage that was preprocessed before.

    Raises:
        SubjectError, PoseError: something of it is missing or damaged.
    """
    folder = Path(folder)
    poses = load_poses(folder / POSES)
    plates = load_plates(folder, len(poses), _expected("the background plates of the footage", folder))
    path, expected = folder / BOXES, _expected("the boxes of the footage's frames", folder)
    arrays = read_arrays(path, expected)
    try:
        boxes = arrays["boxes"].astype(np.int32, casting="same_kind")
        width, height = map(int, arrays["canvas"])
        check_canvas((width, height))
        if boxes.shape != (len(poses), 4) or np.abs(boxes).max() > 10 * SIDE or (boxes[:, :2] >= boxes[:, 2:]).any():
            raise ValueError("boxes that cannot be")
    except Exception as error:  # NumPy raises what the bytes happen to cause
        expected.refuse(path, f"is damaged ({error})", error)
    return Footage(folder, poses, Viewport(boxes, (width, height)), plates)


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A folder beside `folder`, which becomes it when the block ends; one that was killed is cleared at the next."""
    unfinished = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "frames").mkdir(parents=True)
    try:
        yield unfinished
    except (MotionTransferError, OSError) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, OSError):
            raise_if_disk_full(error, folder)
        raise
    os.replace(unfinished, folder)


def _check_poses(poses: PoseSequence, reader: VideoReader) -> None:
    check_fit(poses, len(reader), reader.size, reader.fps, str(reader.path))
    if not poses.present.any():
        raise PoseError(
            f"{poses.name}, given for {reader.path}, show no person in any of the {len(reader)} frames. "
            "Give the poses of this very video, or none, so that they are found."
        )


def _store_frames(frames: Iterable[Frame], folder: Path, viewport: Viewport, *, detail: bool) -> Iterator[Frame]:
    """Pass frames on, and store what the viewport shows of each, on the canvas or in detail."""
    with ThreadPoolExecutor(1) as pool:  # encoding takes as long as all else that is done with a frame
        writing: deque[Future[None]] = deque()
        for index, frame in enumerate(frames):
            size = stored_size(viewport, index) if detail else viewport.canvas
            image = to_canvas(viewport.cut(frame, index), size)
            writing.append(pool.submit(_write_frame, _frame_path(folder, index), image))
            if len(writing) > WAITING:
                writing.popleft().result()
            yield frame
        for written in writing:
            written.result()


def _write_frame(path: Path, image: Frame) -> None:
    """Write RGB (H, W, 3): JPEG without chroma subsampling, at a quality above that of recorded footage."""
    options = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    path.write_bytes(cv2.imencode(path.suffix, image[..., ::-1], options)[1].tobytes())


def _frame_path(folder: Path, index: int) -> Path:
    return folder / "frames" / f"{index:06d}.jpg"


def _read_image(path: Path, folder: Path) -> Frame:
    return read_image(path, _expected("a picture of the footage", folder))


def _expected(kind: str, folder: Path) -> Expected:
    return Expected(kind, SubjectError, f"Delete {folder} and train again to rebuild it.")
