"""The generator run over clips, frame after frame."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
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
from motion_transfer.processes import Processes
from motion_transfer.subject import Subject
from motion_transfer.synthesis.clip import Clip, Inputs, answer_of
from motion_transfer.synthesis.renderer import Answer, Given, find_labels, frames_of, give_all, keep_labels
from motion_transfer.types import Frame, Image

MOST = 12  # processes at most: each keeps the masks of exemplars in memory
FEWEST = 60  # frames; starting a process takes as long as preparing and finishing ten


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

    While the networks make one frame, the next are prepared and those before are laid over their backgrounds, in as
    many processes as PyTorch uses threads; so a few frames more are made than were asked for.

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
    steps = range(max(len(clip.frames) for clip in clips))
    count = count_processes(len(steps))
    with Processes(count) as processes:
        for clip in clips:  # while the processes start
            clip.choose_exemplars()
        processes.hold([clip.renderer for clip in clips])
        if count:
            share_labels(processes, clips)
        given = ahead(partial(give, processes, clips), steps, max(1, count))
        with enough_memory():
            generated = ahead(Networks(subject, device), given)
        with closing(ahead(partial(finish, processes), over_backdrops(generated), max(1, count))) as finished:
            for frames in finished:
                yield [frames.get(clip) for clip in clips]


def count_processes(frames: int) -> int:
    """How many processes prepare and finish frames: one for each core that is to be used; none where it is one.

    In threads, which Python lets work one at a time, two cores are as slow as one, and sixteen slower
    (docs/measurements/gpu.md). A few frames are not worth the start.
    """
    cores = torch.get_num_threads()
    return 0 if cores == 1 or frames < FEWEST else min(cores, MOST)


def share_labels(processes: Processes, clips: Sequence[Clip]) -> None:
    """Let every process know the labels of the exemplars that will be shown, which each would find for itself."""
    bank = clips[0].subject.exemplars
    if bank is not None:
        shown = sorted(set().union(*(clip.exemplars_shown() for clip in clips)))
        bank.label(shown, processes, find_labels)
        processes.tell(keep_labels, {k: bank.labels[k] for k in shown})


class Place(NamedTuple):
    """A frame of one of several clips."""

    number: int  # the clip's among them
    clip: Clip
    t: int


Step = Sequence[tuple[Place, Given | None]]
"""The next frame of every clip that has not ended, and what the networks are given for it."""


class Made(NamedTuple):
    """What the networks make of a step."""

    places: Sequence[Place]
    present: Sequence[Place]  # those of them where the person was found
    outputs: Fetched  # the fields of `Generated`, a batch of as many


class Unfinished(NamedTuple):
    """What `finish` makes the frames of a step of."""

    made: Made
    backdrops: Sequence[Frame | None]  # of each place; None for the subject's own


def give(processes: Processes, clips: Sequence[Clip], step: int) -> Step:
    """What the networks are given in a step."""
    places = [Place(k, clip, clip.frames[step]) for k, clip in enumerate(clips) if step < len(clip.frames)]
    given = processes.call(give_all, [(place.number, place.t, not step) for place in places])
    return list(zip(places, given, strict=True))


class Networks:
    """What a subject's networks make of each step: each clip's frame, conditioned on the one before."""

    def __init__(self, subject: Subject, device: torch.device) -> None:
        self._generator, self._size = InferenceGenerator(subject.generator, device), subject.pipeline.model.face_size
        self._before: dict[Clip, Tensor] = {}

    def __call__(self, step: Step) -> Made:
        """Generate the next step."""
        torch.get_num_threads()  # asking binds this thread to the number that was set; else it would take every core
        places, present = [place for place, _ in step], [place for place, given in step if given is not None]
        if not present:
            self._before = {}
            return Made(places, [], Fetched([]))
        with torch.inference_mode(), enough_memory():
            inputs = [place.clip.inputs(place.t, given) for place, given in step if given is not None]
            pairs = zip(present, inputs, strict=True)
            previous = torch.cat([self._seen_before(place.clip, each) for place, each in pairs])
            pose, plate, candidates, boxes = map(torch.cat, list(zip(*inputs, strict=True))[:4])
            generated = self._generator(pose, previous, plate, candidates)
            improved = self._generator.improve(generated, pose, plate, boxes, self._size)
            outputs = Fetched([*improved[:3], *(improved.decisions or ())])
        # As the main network made them, without refinements: the next frames are conditioned on these, as in training.
        before = generated.frame.split(1)
        self._before = {place.clip: frame for place, frame in zip(present, before, strict=True)}
        return Made(places, present, outputs)

    def _seen_before(self, clip: Clip, inputs: Inputs) -> Tensor:
        """The frame before as this one's instant sees it; zeros at the start, and after a frame without a person."""
        if inputs.move is None:
            return torch.zeros_like(inputs.plate)
        return self._generator.seen_before(self._before[clip], inputs.move, inputs.plate, inputs.motion)


def over_backdrops(generated: Iterable[Made]) -> Iterator[Unfinished]:
    """The outputs of each step, with what else its frames are made of."""
    for made in generated:
        yield Unfinished(made, [next(place.clip.backdrop) for place in made.places])


def finish(processes: Processes, unfinished: Unfinished) -> dict[Clip, Image]:
    """Each clip's frame of a step."""
    made, backdrops = unfinished
    answers = dict(zip(made.present, _answers(made.outputs.wait()), strict=True))
    asked = [(*place[::2], answers.get(place), each) for place, each in zip(made.places, backdrops, strict=True)]
    frames = processes.call(frames_of, asked)
    return {place.clip: frame for place, frame in zip(made.places, frames, strict=True)}


def _answers(batch: Sequence[Tensor]) -> list[Answer]:
    """The samples of a batch, as arrays."""
    samples = []
    for frame, foreground, mask, *decisions in zip(*(each.split(1) for each in batch), strict=True):
        samples.append(answer_of(Generated(frame, foreground, mask, Decisions(*decisions) if decisions else None)))
    return samples
