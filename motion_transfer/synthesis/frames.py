"""The generator run over clips, frame after frame."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from motion_transfer.ahead import ahead
from motion_transfer.errors import SubjectError
from motion_transfer.models.compositor import Decisions
from motion_transfer.models.device import Fetched, enough_memory
from motion_transfer.models.generator import Generated
from motion_transfer.models.inference import InferenceGenerator
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
    subject, device = clips[0].subject, clips[0].device
    if any(clip.subject.generator is not subject.generator for clip in clips):
        raise SubjectError(
            "the clips are of different subjects, each with a network of its own. Load one subject once and make all "
            "clips of it, or generate the clips of each subject by themselves."
        )
    for clip in clips:
        clip.choose_exemplars()  # here, where an interruption can end it, and not in several threads
    threads = max(1, torch.get_num_threads() // 4)  # to prepare with, and to finish: frames do not depend on others
    steps = range(max(len(clip.frames) for clip in clips))
    prepared = ahead(partial(prepare, clips), steps, threads)
    with enough_memory():
        generated = ahead(Networks(subject, device), prepared)
    for finished in ahead(finish, over_backdrops(generated), threads):
        yield [finished.get(clip) for clip in clips]


def prepare(clips: Sequence[Clip], step: int) -> dict[Clip, Inputs | None]:
    """The inputs of a step, of every clip that has not ended."""
    with enough_memory():
        return {clip: clip.prepare(clip.frames[step]) for clip in clips if step < len(clip.frames)}


class Made(NamedTuple):
    """What the networks make of a step's inputs."""

    clips: Sequence[Clip]  # that have not ended
    present: Sequence[Clip]  # those of them whose person was found
    outputs: Fetched  # the fields of `Generated`, a batch of as many


class Unfinished(NamedTuple):
    """What `finish` makes the frames of a step of."""

    step: int
    made: Made
    backdrops: Sequence[Frame]  # of each clip that has not ended


class Networks:
    """What a subject's networks make of the inputs of each step: each clip's frame, conditioned on the one before."""

    def __init__(self, subject: Subject, device: torch.device) -> None:
        self._generator, self._size = InferenceGenerator(subject.generator, device), subject.pipeline.model.face_size
        self._before: dict[Clip, Tensor] = {}

    def __call__(self, step: dict[Clip, Inputs | None]) -> Made:
        """Generate the next step."""
        torch.get_num_threads()  # asking binds this thread to the number that was set; else it would take every core
        present = {clip: inputs for clip, inputs in step.items() if inputs is not None}
        if not present:
            self._before = {}
            return Made(list(step), [], Fetched([]))
        with torch.inference_mode(), enough_memory():
            previous = torch.cat([self._seen_before(clip, inputs) for clip, inputs in present.items()])
            pose, plate, candidates, boxes = map(torch.cat, list(zip(*present.values(), strict=True))[:4])
            generated = self._generator(pose, previous, plate, candidates)
            improved = self._generator.improve(generated, pose, plate, boxes, self._size)
            outputs = Fetched([*improved[:3], *(improved.decisions or ())])
        # As the main network made them, without refinements: the next frames are conditioned on these, as in training.
        self._before = dict(zip(present, generated.frame.split(1), strict=True))
        return Made(list(step), list(present), outputs)

    def _seen_before(self, clip: Clip, inputs: Inputs) -> Tensor:
        """The frame before as this one's instant sees it; zeros at the start, and after a frame without a person."""
        if inputs.move is None:
            return torch.zeros_like(inputs.plate)
        return self._generator.seen_before(self._before[clip], inputs.move, inputs.plate, inputs.motion)


def over_backdrops(generated: Iterable[Made]) -> Iterator[Unfinished]:
    """The outputs of each step, with what else its frames are made of."""
    for step, made in enumerate(generated):
        yield Unfinished(step, made, [next(clip.backdrop) for clip in made.clips])


def finish(unfinished: Unfinished) -> dict[Clip, Frame]:
    """Each clip's frame of a step."""
    step, made, backdrops = unfinished
    samples = dict(zip(made.present, _samples(made.outputs.wait()), strict=True))
    return {
        clip: clip.finish(clip.frames[step], samples.get(clip), behind)
        for clip, behind in zip(made.clips, backdrops, strict=True)
    }


def _samples(batch: Sequence[Tensor]) -> list[Generated]:
    """The samples of a batch, as batches of one."""
    samples = []
    for frame, foreground, mask, *decisions in zip(*(each.split(1) for each in batch), strict=True):
        samples.append(Generated(frame, foreground, mask, Decisions(*decisions) if decisions else None))
    return samples
