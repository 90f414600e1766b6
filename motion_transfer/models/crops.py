"""Crops of images, and changes added in their place, with gradients through both."""

import torch
from jaxtyping import Float
from kornia.geometry.transform import warp_affine
from torch import Tensor

Images = Float[Tensor, "batch channels height width"]
Crops = Float[Tensor, "batch channels size size"]
Boxes = Float[Tensor, "batch 4"]
"""Left, top, right, bottom in pixels from the image's upper left corner; NaN where there is none."""

BORDER = 0.15  # share of a crop, on each side, over which a change fades in
FADE = 0.04  # share of the canvas, on each side, over which the mask of a person crop ends


def crop_boxes(images: Images, boxes: Boxes, size: int) -> Crops:
    """One crop an image, resized to `size` x `size` pixels; zeros where the box is NaN or empty.

    Beyond the image's border its last pixels are repeated. A box much larger than the crop is sampled, not averaged.
    """
    matrix, found = _to_crop(images, boxes, size)
    crops: Tensor = warp_affine(images.float(), matrix, (size, size), padding_mode="border")
    return torch.where(found[:, None, None, None], crops, 0).to(images.dtype)


def add_boxes(images: Images, changes: Crops, boxes: Boxes) -> Images:
    """The images with changes added inside their boxes, fading out towards the border; as they are where it is NaN."""
    size = changes.shape[-1]
    matrix, found = _to_crop(images, boxes, size)
    scale = 1 / torch.diagonal(matrix[:, :, :2], dim1=1, dim2=2)
    back = torch.cat([torch.diag_embed(scale), -matrix[:, :, 2:] * scale[:, :, None]], dim=2)
    ramp = (_from_border(size, changes.device) / BORDER).clamp(max=1)
    soft = changes.float() * (ramp[:, None] * ramp)
    spread: Tensor = warp_affine(soft, back, (images.shape[2], images.shape[3]), padding_mode="zeros")
    return images + torch.where(found[:, None, None, None], spread, 0).to(images.dtype)


def move_images(images: Images, moves: Float[Tensor, "batch 2 3"], around: Images) -> Images:
    """The images seen through another box, with `around` where they end.

    The moves map pixel indices of the images to those of the result, as `Viewport.move` gives them.
    """
    if torch.equal(moves, torch.eye(2, 3, device=moves.device).expand_as(moves)):
        return images
    seen = torch.cat([images, torch.ones_like(images[:, :1])], dim=1).float()
    result: Tensor = warp_affine(seen, moves, (images.shape[2], images.shape[3]), padding_mode="zeros")
    # Sampled with zeros around, so the share that was there is already in the colours.
    return (result[:, :-1] + around * (1 - result[:, -1:])).to(images.dtype)


def fade(height: int, width: int, device: torch.device) -> Float[Tensor, "height width"]:
    """1 inside, falling smoothly to 0 over the outermost `FADE` of each side."""
    rows, columns = (((_from_border(length, device) - 0.5 / length) / FADE).clamp(0, 1) for length in (height, width))
    return rows[:, None] * columns


def _to_crop(images: Tensor, boxes: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The (B, 2, 3) maps from an image's pixel indices to its crop's, and (B,) whether there is a box."""
    boxes = boxes.to(images.device, torch.float32)
    found = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
    height, width = images.shape[2:]
    frame = torch.tensor([0, 0, width, height], dtype=torch.float32, device=images.device)
    boxes = torch.where(found[:, None], boxes, frame)
    scale = size / (boxes[:, 2:] - boxes[:, :2])
    # Index i is the pixel whose centre lies at i + 0.5.
    shift = (0.5 - boxes[:, :2]) * scale - 0.5
    return torch.cat([torch.diag_embed(scale), shift[:, :, None]], dim=2), found


def _from_border(length: int, device: torch.device) -> Tensor:
    """(length,) how far each pixel of a line lies from its nearer end, as a share of the line."""
    centre = (torch.arange(length, device=device) + 0.5) / length
    return torch.minimum(centre, 1 - centre)
