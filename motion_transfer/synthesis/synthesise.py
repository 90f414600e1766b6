"""The generator run over a clip, frame after frame."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt
import torch

from motion_transfer.errors import PoseError
from motion_transfer.pose import PoseSequence, draw_frame, drawable
from motion_transfer.pose.boxes import part_boxes
from motion_transfer.subject import Subject, to_canvas, to_tensor

Frame = npt.NDArray[np.uint8]


def synthesise(subject: Subject, poses: PoseSequence, device: torch.device) -> Iterator[Frame]:
    """Generate one frame of the subject for every pose.

    Each frame is conditioned on the one before (arXiv 1808.07371, "Temporal smoothing"). A frame in which
    nobody was found is the empty background, and the next one starts afresh.

    Args:
        subject: whom to show.
        poses: T frames in pixels of the subject's footage, as `normalise_poses` gives them.
        device: where to compute.

    Yields:
        T frames, RGB (H, W, 3), at the size of the subject's footage; made one at a time, nothing is kept.

    Raises:
        PoseError: the poses are not in the subject's pixels.
    """
    if poses.size != subject.size:
        raise PoseError(
            f"the poses are in a frame of {poses.size[0]} x {poses.size[1]} pixels, the subject's is "
            f"{subject.size[0]} x {subject.size[1]}. Normalise them for this subject first."
        )
    generator = subject.generator.to(device)
    plate = to_tensor(to_canvas(subject.background, subject.canvas)).to(device)
    start = torch.zeros_like(plate)
    previous = start
    draw = subject.pipeline.draw
    shown = drawable(poses, draw)
    improves = generator.face is not None or generator.hands is not None
    boxes = torch.from_numpy(part_boxes(poses, subject.canvas)) if improves else None
    for t, present in enumerate(poses.present):
        if not present:
            previous = start
            yield subject.background.copy()
            continue
        image = draw_frame(shown, t, subject.canvas, draw)
        with torch.inference_mode():
            pose = to_tensor(image).to(device)
            generated = generator(pose, previous, plate)
            # The next frame sees this one as the network made it, as in its training.
            previous = generated.frame
            if boxes is not None:
                size = subject.pipeline.model.face_size
                generated = generator.improve(generated, pose, plate, boxes[t : t + 1], size)
        yield _compose(generated.foreground, generated.mask, subject.background)


def _compose(foreground: torch.Tensor, mask: torch.Tensor, background: Frame) -> Frame:
    """Lay the foreground over the full-size plate, so that the room keeps the footage's sharpness."""
    size = (background.shape[1], background.shape[0])
    colour = cv2.resize(_to_array(foreground), size, interpolation=cv2.INTER_CUBIC)
    share = cv2.resize(_to_array(mask), size, interpolation=cv2.INTER_LINEAR)[..., None]
    colour = np.clip((colour + 1) * 127.5, 0, 255)
    frame: Frame = np.rint(background + share * (colour - background)).astype(np.uint8)
    return frame


def _to_array(tensor: torch.Tensor) -> npt.NDArray[np.float32]:
    """One image of a batch, (1, C, H, W), as (H, W, C)."""
    return tensor[0].permute(1, 2, 0).float().cpu().numpy()
