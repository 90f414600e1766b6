"""The generator as every other part sees it: pose, previous output, plate and candidates in, frame out."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motion_transfer.models.compositor import Compositor, Decisions, compose, move_frames
from motion_transfer.models.crops import Boxes, add_boxes, crop_boxes, fade, move_images
from motion_transfer.models.networks import FaceGenerator, GlobalGenerator, LocalEnhancer, UNet

Image = Float[Tensor, "batch 3 height width"]
Candidates = Float[Tensor, "batch count channels height width"]
"""RGB times opacity, opacity and fit, in [0, 1]; none for a generator that draws from the pose alone."""


class Generated(NamedTuple):
    """The generator's output for one frame."""

    frame: Float[Tensor, "batch 3 height width"]
    """The frame, in [-1, 1]: foreground x mask + plate x (1 - mask)."""
    foreground: Float[Tensor, "batch 3 height width"]
    """The person, in [-1, 1]; anything where the mask is 0."""
    mask: Float[Tensor, "batch 1 height width"]
    """Opacity of the foreground, in [0, 1]; all 1 for a generator without composition."""
    decisions: Decisions | None = None
    """Of a compositor: what makes the same frame of candidates at any resolution, see `compose`."""


class Generator(nn.Module):
    """A network conditioned on the pose, optionally drawing only the person over a background plate.

    Conditioned on the pose image and on its own previous output, so that consecutive frames agree (arXiv
    1808.07371, section "Temporal smoothing"). With `composite` a fourth channel is a mask: where it is 0 the plate
    shows through unchanged, so the background stands still and the network is used for the person alone.

    Args:
        network: maps pose and previous output (if `temporal`) to the foreground and (if `composite`) the mask, without
            a last activation; or a compositor, which is given candidates too.
        composite: draw the person over the plate.
        person_crop: the canvas is a crop that follows the person. The mask ends softly inside its border, and the
            previous output is to be seen through the box of the instant; see `seen_before`.
        temporal: give the network its previous output too; without, it gets the pose alone, as in pix2pix.
        unit_pose: give it the pose image in [0, 1], as Everybody Dance Now does, instead of [-1, 1].
        face, hands: networks that `refine` a frame's face and hands; both get the pose in the same range.
    """

    def __init__(
        self,
        network: GlobalGenerator | LocalEnhancer | UNet | Compositor,
        *,
        composite: bool,
        person_crop: bool = False,
        temporal: bool = True,
        unit_pose: bool = False,
        face: FaceGenerator | None = None,
        hands: FaceGenerator | None = None,
    ) -> None:
        super().__init__()
        self.composite = composite
        self.person_crop = person_crop
        self.temporal = temporal
        self.unit_pose = unit_pose
        self.network = network
        self.face = face
        self.hands = hands

    def forward(self, pose: Image, previous: Image, plate: Image, candidates: Candidates | None = None) -> Generated:
        """Generate one frame a sample.

        Args:
            pose: pose images, in [-1, 1].
            previous: the frames generated for the instant before, in [-1, 1]; zeros at the start.
            plate: the empty background, in [-1, 1].
            candidates: exemplars warped into that pose; needed by a compositor.
        """
        if isinstance(self.network, Compositor):
            assert candidates is not None
            before = previous if self.temporal else torch.zeros_like(previous)
            decisions = self.network(self.as_seen(pose), before, plate, candidates)
            if self.person_crop:
                border = fade(plate.shape[2], plate.shape[3], plate.device)
                decisions = decisions._replace(opacity=decisions.opacity * border)
            return Generated(*compose(decisions, candidates, plate), decisions)
        inputs = [self.as_seen(pose), *([previous] if self.temporal else [])]
        output = self.network(torch.cat(inputs, dim=1))
        foreground, mask = torch.tanh(output[:, :3]), torch.sigmoid(output[:, 3:])
        if not self.composite:
            return Generated(foreground, foreground, torch.ones_like(foreground[:, :1]))
        if self.person_crop:
            mask = mask * fade(mask.shape[2], mask.shape[3], mask.device)
        return Generated(_composed(plate, foreground, mask), foreground, mask)

    def seen_before(
        self,
        previous: Image,
        moves: Float[Tensor, "batch 2 3"],
        plate: Image,
        motion: Float[Tensor, "batch 2 rows columns"] | None = None,
    ) -> Image:
        """The frames generated for the instant before as they are to be seen in this one; images are in [-1, 1].

        Args:
            previous: those frames.
            moves: from the boxes of the instant before to this one's, as `Viewport.move` gives them.
            plate: of this instant.
            motion: of a compositor, which sees the person moved into this instant's pose, see `move_frames`.
        """
        if isinstance(self.network, Compositor) and motion is not None:
            return move_frames(previous, motion, plate)
        return move_images(previous, moves, plate) if self.person_crop else previous

    def improve(
        self, generated: Generated, pose: Image, plate: Image, boxes: Float[Tensor, "batch 3 4"], size: int
    ) -> Generated:
        """The frames that `forward` made of pose and plate, refined as far as there are networks for face and hands.

        The boxes are those of face, left hand and right hand, in pixels of the frames, NaN where not visible; `size` is
        the side of the crops. See `refine`.
        """
        pose = self.as_seen(pose)
        for part, places in zip((self.face, self.hands, self.hands), boxes.unbind(dim=1), strict=True):
            if part is not None and not places.isnan().any(dim=1).all():
                generated = refine(part, generated, pose, plate, places, size)
        return generated

    def as_seen(self, pose: Tensor) -> Tensor:
        """Pose images in [-1, 1] in the range that the networks take them in."""
        return (pose + 1) / 2 if self.unit_pose else pose


def refine(part: nn.Module, generated: Generated, pose: Image, plate: Image, boxes: Boxes, size: int) -> Generated:
    """Improve one part of the frames, a face or a hand, by a residual (arXiv 1808.07371, section "Face GAN").

    Args:
        part: a `FaceGenerator`, or what wraps one.
        generated: the frames to improve.
        pose: their pose images, as `Generator.as_seen` gives them.
        plate: the empty background, in [-1, 1].
        boxes: of the part, in pixels of the frames; a frame whose box is NaN stays as it is.
        size: side of the crops that the network sees.

    Returns:
        The frames with the residual in their foreground, so that the background stays as it is. The next frame is
        to be conditioned on the one before *without* it, as the main network was trained.
    """
    crop = crop_boxes(generated.frame, boxes, size)
    better = part(crop_boxes(pose, boxes, size), crop)
    foreground = add_boxes(generated.foreground, better - crop, boxes)
    return Generated(_composed(plate, foreground, generated.mask), foreground, generated.mask)


def _composed(plate: Image, foreground: Image, mask: Tensor) -> Image:
    """The foreground over the plate, in the foreground's precision: under autocast the three differ."""
    return torch.lerp(plate.to(foreground.dtype), foreground, mask.to(foreground.dtype))
