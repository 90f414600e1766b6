"""The generator run over clips, frame after frame."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor

from motion_transfer.ahead import ahead
from motion_transfer.errors import SubjectError
from motion_transfer.models.compositor import Decisions
from motion_transfer.models.generator import Generated
from motion_transfer.pose import PoseSequence
from motion_transfer.subject import Subject
from motion_transfer.synthesis.clip import Clip, Inputs
from motion_transfer.types import Frame


def synthesise(subject: Subject, poses: PoseSequence, device: str | torch.device | None = None) -> Iterator[Frame]:
    """Generate one frame of the subject for every pose.

    Args:
        subject: the person to show.
        poses: T frames in pixels of the subject's footage, as `normalise_poses` gives them.
        device: "cpu", "cuda", ...; the fastest there is if not given.

    Yields:
        T frames, RGB (H, W, 3), at the size of the subject's footage; made a few ahead, nothing is kept.

    Raises:
        PoseError: the poses are not in the subject's pixels.
        ConfigError: this machine has no such device.
    """
    yield from synthesise_clip(Clip(subject, poses, device))


def synthesise_clip(clip: Clip) -> Iterator[Frame]:
    """Generate the frames of a clip, one after the other."""
    for (frame,) in synthesise_together([clip]):
        assert frame is not None  # there is no longer clip
        yield frame


def synthesise_together(clips: Sequence[Clip]) -> Iterator[list[Frame | None]]:
    """Generate several clips of one subject at the same time, in one batch.

    A frame depends on the one before it in its clip, so the clips advance in step, each by a frame, and their
    frames of that step go through the networks together: faster on a GPU that one clip does not fill. Every clip
    comes out as it would alone, but for the last bits of the arithmetic.

    While the networks make one frame, the next are prepared and those before are laid over their backgrounds, in
    threads of their own; so a few frames more are made than were asked for.

    Args:
        clips: one at least, of one and the same subject, on one device.

    Yields:
        As often as the longest clip has frames: for each clip its next frame, as `synthesise` gives them; None when
        it has ended.

    Raises:
        SubjectError: the clips are of different subjects, so that no one network can make all of them.
    """
    generator = clips[0].subject.generator.to(clips[0].device)
    if any(clip.subject.generator is not generator for clip in clips):
        raise SubjectError(
            "the clips are of different subjects, each with a network of its own. Load one subject once and make all "
            "clips of it, or generate the clips of each subject by themselves."
        )
    for clip in clips:
        clip.choose_exemplars()  # here, where an interruption can end it, and not in several threads
    threads = max(1, torch.get_num_threads() // 4)  # to prepare with, and to finish: frames do not depend on others
    steps = range(max(len(clip.frames) for clip in clips))
    prepared = ahead(partial(_prepare, clips), steps, threads)
    generated = ahead(_Networks(clips[0].subject), prepared)
    for finished in ahead(_finish, _over_backdrops(generated), threads):
        yield [finished.get(clip) for clip in clips]


def _prepare(clips: Sequence[Clip], step: int) -> dict[Clip, Inputs | None]:
    """The inputs of a step, of every clip that has not ended."""
    return {clip: clip.prepare(clip.frames[step]) for clip in clips if step < len(clip.frames)}


class _Unfinished(NamedTuple):
    clip: Clip
    t: int
    generated: Generated | None
    background: Frame


class _Networks:
    """What a subject's networks make of the inputs of each step: each clip's frame, conditioned on the one before."""

    def __init__(self, subject: Subject) -> None:
        self._generator, self._size = subject.generator, subject.pipeline.model.face_size
        self._before: dict[Clip, Tensor] = {}

    def __call__(self, step: dict[Clip, Inputs | None]) -> dict[Clip, Generated | None]:
        torch.get_num_threads()  # asking binds this thread to the number that was set; else it would take every core
        present = {clip: inputs for clip, inputs in step.items() if inputs is not None}
        made: dict[Clip, Generated | None] = dict.fromkeys(step)
        frames: Sequence[Tensor] = ()
        if present:
            with torch.inference_mode():
                previous = torch.cat([self._seen_before(clip, inputs) for clip, inputs in present.items()])
                pose, plate, candidates, boxes = map(torch.cat, list(zip(*present.values(), strict=True))[:4])
                generated = self._generator(pose, previous, plate, candidates)
                improved = self._generator.improve(generated, pose, plate, boxes, self._size)
            frames = generated.frame.split(1)  # as the main network made them: the next ones are conditioned on these
            made |= zip(present, _samples(improved), strict=True)
        self._before = dict(zip(present, frames, strict=True))
        return made

    def _seen_before(self, clip: Clip, inputs: Inputs) -> Tensor:
        """The frame before as this one's instant sees it; zeros at the start, and after a frame without a person."""
        if inputs.move is None:
            return torch.zeros_like(inputs.plate)
        return self._generator.seen_before(self._before[clip], inputs.move, inputs.plate, inputs.motion)


def _over_backdrops(generated: Iterable[dict[Clip, Generated | None]]) -> Iterator[list[_Unfinished]]:
    """With the number of each frame, and the background that it is to be laid over."""
    for step, made in enumerate(generated):
        yield [_Unfinished(clip, clip.frames[step], each, next(clip.backdrop)) for clip, each in made.items()]


def _finish(frames: list[_Unfinished]) -> dict[Clip, Frame]:
    return {clip: clip.finish(t, generated, background) for clip, t, generated, background in frames}


def _samples(batch: Generated) -> list[Generated]:
    """The samples of a batch, as batches of one."""
    frames, foregrounds, masks = (each.split(1) for each in batch[:3])
    decisions: Iterator[Decisions | None] = repeat(None)
    if batch.decisions is not None:
        decisions = map(Decisions, *(each.split(1) for each in batch.decisions))
    return [Generated(*one) for one in zip(frames, foregrounds, masks, decisions, strict=False)]
