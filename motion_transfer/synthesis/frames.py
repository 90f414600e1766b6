"""The generator run over clips, frame after frame."""

from collections.abc import Iterator, Sequence
from itertools import repeat

import torch

from motion_transfer.errors import SubjectError
from motion_transfer.models.compositor import Decisions
from motion_transfer.models.generator import Generated
from motion_transfer.pose import PoseSequence
from motion_transfer.subject import Subject
from motion_transfer.synthesis.clip import Clip
from motion_transfer.types import Frame


def synthesise(subject: Subject, poses: PoseSequence, device: str | torch.device | None = None) -> Iterator[Frame]:
    """Generate one frame of the subject for every pose.

    Args:
        subject: the person to show.
        poses: T frames in pixels of the subject's footage, as `normalise_poses` gives them.
        device: "cpu", "cuda", ...; the fastest there is if not given.

    Yields:
        T frames, RGB (H, W, 3), at the size of the subject's footage; made one at a time, nothing is kept.

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
    size = clips[0].subject.pipeline.model.face_size
    for step in range(max(len(clip.frames) for clip in clips)):
        going = [clip for clip in clips if step < len(clip.frames)]
        prepared = {clip: clip.prepare(clip.frames[step]) for clip in going}
        present = {clip: inputs for clip, inputs in prepared.items() if inputs is not None}
        made: dict[Clip, tuple[Generated, Generated]] = {}
        if present:
            pose, previous, plate, candidates, boxes = map(torch.cat, zip(*present.values(), strict=True))
            with torch.inference_mode():
                generated = generator(pose, previous, plate, candidates)
                improved = generator.improve(generated, pose, plate, boxes, size)
            made = dict(zip(present, zip(_samples(generated), _samples(improved), strict=True), strict=True))
        finished = {
            clip: clip.finish(clip.frames[step], *made[clip]) if clip in made else clip.empty() for clip in going
        }
        yield [finished.get(clip) for clip in clips]


def _samples(batch: Generated) -> list[Generated]:
    """The samples of a batch, as batches of one."""
    frames, foregrounds, masks = (each.split(1) for each in batch[:3])
    decisions: Iterator[Decisions | None] = repeat(None)
    if batch.decisions is not None:
        decisions = map(Decisions, *(each.split(1) for each in batch.decisions))
    return [Generated(*one) for one in zip(frames, foregrounds, masks, decisions, strict=False)]
