"""Background plates: what is behind the person in each scene of a clip."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.ahead import ahead
from motion_transfer.footage.cuts import CutFinder
from motion_transfer.footage.filling import fill_holes
from motion_transfer.footage.masks import UNKNOWN, MaskOf, at_once, open_masks, reach_of
from motion_transfer.limits import ARRAY_BYTES
from motion_transfer.loading import Expected, read_bytes, read_image
from motion_transfer.pose import PoseSequence
from motion_transfer.types import Frame, Mask

PICTURE, SCENES = "background-{}.png", "scenes.npy"

FRAMES, BYTES = (16, 96), 200e6
"""Frames of a shot whose median makes a plate, as many as fit, and what those of a shot and the plates may take."""
A_SECOND, OF_A_CLIP = 6, 32
"""So many of them a second at most, or in the complete clip if that is more: the next ones show little that is new."""
ALIKE = 8.0  # grey levels by which nearly all of two plates differ at most that show the same
NEARLY_ALL = 95  # per cent
OVERLAP = 0.2  # share of the frame that two plates must both show to be compared
OFTEN = 1 / 32  # share of a shot's frames in which a place is free, or counts as never seen: masks fail now and then
ROWS = 32  # whose median is taken at once, which bounds the memory


Counts = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Plates:
    """The background plates of a clip: one of each scene, that of most frames first."""

    images: Sequence[Frame]
    """RGB (H, W, 3), filled where nothing was seen."""
    seen: Sequence[Mask]
    """(H, W) where each was seen free of the person."""
    scenes: npt.NDArray[np.int32]
    """(T,) which of them each frame of the clip shows."""

    @property
    def unseen(self) -> float:
        """Share of the frame whose background is never seen, averaged over the clip."""
        return float(np.mean(np.array([1 - seen.mean() for seen in self.seen])[self.scenes]))


@dataclass
class _Scene:
    """What shots from the same place show."""

    image: Frame
    times: Counts  # (H, W) in how many of the frames that were looked at a pixel is free
    frames: int


def clip_plates(frames: Iterable[Frame], poses: PoseSequence) -> Plates:
    """The background plates of a clip whose camera stands still from cut to cut. Shots of one view make one scene.

    Args:
        frames: T frames, RGB (H, W, 3); all are read, some of each shot kept until it ends.
        poses: of the same frames, in their pixels.
    """
    pixels = poses.size[0] * poses.size[1]  # of three bytes a frame, seven a scene
    most, most_scenes = int(np.clip(BYTES / (3 * pixels), *FRAMES)), max(1, int(BYTES / (7 * pixels)))
    step = max(1, min(round(poses.fps / A_SECOND), len(poses) // OF_A_CLIP))
    found, shot = CutFinder(), _Shot(0, step, most)
    scenes: list[_Scene] = []
    shown = np.zeros(len(poses), np.int32)
    with open_masks(poses.size) as mask_of:

        def close(end: int) -> None:
            shown[shot.begin : end] = _add(scenes, shot.scene(end, poses, mask_of), most_scenes)

        for index, frame in enumerate(frames):
            shot.add(index, frame)
            if found.add(frame):
                following = shot.split(found.cuts[-1])
                following.add(index, frame)
                close(following.begin)
                shot = following
        close(len(poses))
    order = np.argsort([-scene.frames for scene in scenes], kind="stable")
    ordered = [scenes[index] for index in order]
    seen = [scene.times > 0 for scene in ordered]
    images = [fill_holes(scene.image, free) for scene, free in zip(ordered, seen, strict=True)]
    return Plates(images, seen, np.argsort(order).astype(np.int32)[shown])


def save_plates(folder: Path, plates: Plates) -> None:
    """Write a picture of each plate, transparent where nothing was seen, and the scenes of the frames."""
    for number, (image, seen) in enumerate(zip(plates.images, plates.seen, strict=True)):
        picture = np.dstack([image[..., ::-1], np.uint8(255) * seen])
        (folder / PICTURE.format(number)).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    np.save(folder / SCENES, plates.scenes, allow_pickle=False)


def load_plates(folder: Path, frames: int, expected: Expected) -> Plates:
    """Read what `save_plates` wrote of a clip of so many frames; a file that is missing or damaged is refused."""
    data = read_bytes(folder / SCENES, expected, ARRAY_BYTES)
    try:
        scenes = np.load(io.BytesIO(data), allow_pickle=False).astype(np.int32, casting="same_kind")
        if scenes.shape != (frames,) or scenes.min() < 0 or scenes.max() >= frames:
            raise ValueError("scenes that cannot be")
    except Exception as error:  # NumPy raises what the bytes happen to cause
        expected.refuse(folder / SCENES, f"is damaged ({error})", error)
    names = map(PICTURE.format, range(scenes.max() + 1))
    pictures = [read_image(folder / name, expected, alpha=True) for name in names]
    return Plates(
        [picture[..., :3].copy() for picture in pictures], [picture[..., 3] > 0 for picture in pictures], scenes
    )


class _Shot:
    """Frames of a shot, evenly spread: every second one is dropped when they are too many."""

    def __init__(self, begin: int, step: int, most: int) -> None:
        self.begin = begin
        self._first_step = self._step = step
        self._most = most
        self._kept: dict[int, Frame] = {}

    def add(self, index: int, frame: Frame) -> None:
        if self._kept and (index - self.begin) % self._step:
            return
        self._kept[index] = frame
        if len(self._kept) > self._most:
            self._step *= 2
            self._kept = {at: each for at, each in self._kept.items() if (at - self.begin) % self._step == 0}

    def split(self, cut: int) -> "_Shot":
        """The shot that begins at a cut, with what is kept of it."""
        following = _Shot(cut, self._first_step, self._most)
        following._kept = {index: self._kept.pop(index) for index in list(self._kept) if index >= cut}
        return following

    def scene(self, end: int, poses: PoseSequence, mask_of: MaskOf) -> _Scene:
        persons, most = [], []
        places = (poses.xy[index] for index in self._kept)
        masks = ahead(lambda each: mask_of(*each), zip(self._kept.values(), places, strict=True), at_once())
        for mask in masks:
            persons.append(reach_of(mask))
            most.append(mask.max(initial=0))
        # Where the detector does not find the body again, the pose is wrong; or there is no detector.
        found, nobody = np.array(most) > UNKNOWN, np.array(most) == 0
        used = np.flatnonzero(found | nobody) if found.mean() >= OFTEN else range(len(persons))
        frames = list(self._kept.values())
        return _Scene(*background_plate([frames[i] for i in used], [persons[i] for i in used]), end - self.begin)


def background_plate(frames: Sequence[Frame], persons: Sequence[Mask]) -> tuple[Frame, Counts]:
    """Median over time of the pixels outside the person.

    Args:
        frames: N frames of a still camera, RGB (H, W, 3), spread over the footage; some dozens suffice.
        persons: where the person is in each, (H, W).

    Returns:
        The plate, RGB (H, W, 3), and in how many frames each pixel is free, (H, W); 0 where in less than `OFTEN` of
        them.
    """
    plate, times = np.empty_like(frames[0]), np.empty(frames[0].shape[:2], np.int32)
    for top in range(0, len(plate), ROWS):
        rows = slice(top, top + ROWS)
        values = np.stack([frame[rows] for frame in frames], axis=-1)
        covered = np.stack([person[rows] for person in persons], axis=-1)[:, :, None]
        free = len(frames) - covered.sum(axis=-1, keepdims=True)
        # What is covered is sorted to the end. Integers: nanmedian is seven times slower.
        ordered = np.sort(np.where(covered, np.uint8(255), values), axis=-1)
        middle = [np.take_along_axis(ordered, at.clip(0), axis=-1)[..., 0] for at in ((free - 1) // 2, free // 2)]
        plate[rows] = np.mean(middle, axis=0).round()
        times[rows] = free[..., 0, 0]
    return plate, np.where(times >= OFTEN * len(frames), times, 0)


def _add(scenes: list[_Scene], new: _Scene, most: int) -> int:
    """The number of the scene that a shot's frames belong to, which is added to it, or to the scenes as another one."""
    apart = [_difference(scene, new) for scene in scenes]
    nearest = int(np.argmin(apart)) if apart else 0
    if not apart or (apart[nearest] > ALIKE and len(scenes) < most):
        scenes.append(new)
        return len(scenes) - 1
    scene = scenes[nearest]
    if apart[nearest] <= ALIKE:
        share = (new.times / np.maximum(scene.times + new.times, 1)).astype(np.float32)[..., None]
        scene.image = np.rint(scene.image + share * (new.image.astype(np.float32) - scene.image)).astype(np.uint8)
        scene.times += new.times
    scene.frames += new.frames
    return nearest


def _difference(one: _Scene, other: _Scene) -> float:
    """By how much two plates differ where both are seen; infinite where that is too little."""
    both = (one.times > 0) & (other.times > 0)
    if both.mean() < OVERLAP:
        return np.inf
    return float(np.percentile(cv2.absdiff(one.image, other.image)[both].max(axis=1), NEARLY_ALL))
