"""Views of a video's frames that can be read again and in parts, as pose estimation takes them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from motion_transfer.errors import EvaluationError
from motion_transfer.types import Frame
from motion_transfer.video import VideoReader


@dataclass(frozen=True)
class ClipView:
    """Some frames of a video."""

    reader: VideoReader
    indices: Sequence[int]  # which frames, in ascending order; one may come several times
    mirrored: bool = False  # exchange left and right

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[Frame]:
        first = self.indices[0]
        frames = enumerate(self.reader.part(first, self.indices[-1] + 1), start=first)
        at, frame = next(frames)
        for index in self.indices:
            while at < index:
                at, frame = next(frames)
            yield np.ascontiguousarray(frame[:, ::-1]) if self.mirrored else frame

    def part(self, first: int, stop: int) -> "ClipView":
        """The frames from `first` up to, without, `stop`."""
        return replace(self, indices=self.indices[first:stop])


def align_frames(truth: VideoReader, result: VideoReader, allowed: bool, notes: list[str]) -> ClipView:
    """The true frames that belong to the result's, as far as there are any.

    With `allowed`, the truth is taken at the result's size, rate and length where these differ, which `notes` then say.

    Raises:
        EvaluationError: they differ, and may not be aligned.
    """
    names = ("size", "frame rate", "number of frames")
    facts = [("{} x {}".format(*each.size), f"{float(each.fps):.6g}", str(len(each))) for each in (truth, result)]
    differences = "; ".join(
        f"{name} {one} and {other}" for name, one, other in zip(names, *facts, strict=True) if one != other
    )
    if not differences:
        return ClipView(truth, range(len(truth)))
    if not allowed:
        raise EvaluationError(
            f"{truth.path} and {result.path} cannot be compared frame by frame: {differences}. Give videos of the same "
            "frames, or set `align` to take the first at the size, rate and length of the second."
        )
    notes.append(f"aligned: {differences}")
    rate, last = truth.fps / result.fps, len(truth) - 1
    indices = [min(last, round(index * rate)) for index in range(min(len(result), math.floor(last / rate) + 1))]
    return ClipView(VideoReader(truth.path, size=result.size), indices)
