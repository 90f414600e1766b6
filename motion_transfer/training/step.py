"""One training step: frames are generated, the losses computed, generator and discriminator updated."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel
from torch.utils.checkpoint import checkpoint

from motion_transfer.config import FaceStageSettings, TrainSettings
from motion_transfer.models.compositor import Decisions, compose, crop_decisions, move_frames, scale_decisions
from motion_transfer.models.crops import crop_boxes
from motion_transfer.models.discriminator import Features, adversarial_loss, discriminator_loss, feature_matching_loss
from motion_transfer.models.generator import Generated, Generator, refine
from motion_transfer.training.batch import TrainingClip
from motion_transfer.training.distributed import parallel
from motion_transfer.training.state import TrainingState

Perceptual = Callable[[Tensor, Tensor], Tensor]

LOCAL_PERCEPTUAL = 2
"""As published, the local stage adds the perceptual loss of both frames, where the global stage halves their sum."""


class Losses(NamedTuple):
    """What a step minimises."""

    generator: Tensor
    discriminator: Tensor
    parts: dict[str, Tensor]
    """Their terms before the weights, for the log."""


class Unrolled(nn.Module):
    """A generator run over n frames, each conditioned on the one before, the first on zeros.

    With two it is Everybody Dance Now's temporal smoothing: y'_t = G(x_t, 0) and y'_t+1 = G(x_t+1, y'_t) (arXiv
    1808.07371), with the gradient through both. With more, the generator also meets frames that are several
    generations old, as it will when it makes a video.
    """

    def __init__(self, generator: Generator, train: TrainSettings) -> None:
        super().__init__()
        self.generator = generator
        self.recompute = train.recompute

    def forward(
        self, poses: Tensor, plates: Tensor, moves: Tensor, candidates: Tensor, motions: Tensor
    ) -> list[Generated]:
        """Generate what the poses ask for, of what `TrainingClip.given` names: n frames a clip."""
        previous = torch.zeros_like(plates[:, 0])
        generated: list[Generated] = []
        instants = zip(poses.unbind(1), plates.unbind(1), candidates.unbind(1), strict=True)
        for t, (pose, plate, candidate) in enumerate(instants):
            if generated:
                previous = self.generator.seen_before(generated[-1].frame, moves[:, t], plate, motions[:, t])
            given = (pose, previous, plate, candidate)
            if self.recompute and torch.is_grad_enabled():
                generated.append(checkpoint(self.generator, *given, use_reentrant=False))
            else:
                generated.append(self.generator(*given))
        return generated


class Refined(nn.Module):
    """Crops of a part of the frames, before and after its own generator has improved them."""

    def __init__(self, generator: Generator, part: str, size: int) -> None:
        super().__init__()
        self.part = getattr(generator, part)
        self.as_seen = generator.as_seen  # a method, so that the frozen network is no part of this one
        self.size = size

    def forward(self, generated: Generated, poses: Tensor, plates: Tensor, boxes: Tensor) -> Tensor:
        """Crops (N, 3, size, size) of the improved frames; boxes are (N, 4) in pixels, none of them NaN."""
        better = refine(self.part, generated, self.as_seen(poses), plates, boxes, self.size)
        return crop_boxes(better.frame, boxes, self.size)


class Networks:
    """A state's networks as a step calls them: unrolled or refining, compiled, spread over processes."""

    def __init__(self, state: TrainingState, perceptual: Perceptual) -> None:
        self.state = state
        self.train = state.stage.pipeline.train
        self.face_size = state.stage.pipeline.model.face_size
        self.perceptual = perceptual
        self.progress = 1.0
        """Share of the stage that is done: the choice among candidates hardens with it, or the first would be kept."""
        if self.train.compile:
            state.generator.compile()
            state.discriminator.compile()
        parts = state.stage.parts
        unrolled = Unrolled(state.generator, self.train)
        self.unrolled = unrolled if parts else parallel(unrolled)
        self.refined = {part: parallel(Refined(state.generator, part, self.face_size)) for part in parts}
        ours = state.discriminator if isinstance(state.discriminator, nn.ModuleDict) else {"": state.discriminator}
        self.discriminators = {name: parallel(network) for name, network in ours.items()}

    def losses(self, batch: TrainingClip) -> Losses:
        """Generate a batch and compute its losses."""
        with _autocast(self.train, self.state.device):
            return self._face_losses(batch) if self.refined else self._main_losses(batch)

    def backward(self, batch: TrainingClip, share: float = 1.0) -> Losses:
        """Generate a batch, compute its losses, and add their gradients, times a share of the step."""
        losses = self.losses(batch)
        for loss in (losses.generator, losses.discriminator):
            self.state.scaler.scale(loss * share).backward()
        return losses

    @contextmanager
    def unsynchronised(self) -> Iterator[None]:
        """While the block runs, gradients stay in their process: more are to be added before the step."""
        with ExitStack() as stack:
            for network in (self.unrolled, *self.refined.values(), *self.discriminators.values()):
                if isinstance(network, DistributedDataParallel):
                    stack.enter_context(network.no_sync())
            yield

    def _main_losses(self, batch: TrainingClip) -> Losses:
        train = self.train
        generated: list[Generated] = self.unrolled(*batch.given)
        frames = torch.stack([each.frame for each in generated], dim=1)
        poses = self.state.generator.as_seen(batch.poses)
        pairs = _in_pairs(poses, batch.frames), _in_pairs(poses, frames)
        total, parts = self._similarity_losses(next(iter(self.discriminators)), frames, batch.frames, *pairs)
        decisions = generated[-1].decisions
        if decisions is not None:
            parts["fill"] = decisions.opacity.mean() + decisions.tint.abs().mean()
            parts["mixing"] = _indecision(decisions.weights)
            total = total + train.fill_weight * parts["fill"] + self.progress * train.mixing_weight * parts["mixing"]
            if frames.shape[1] > 1:
                parts["temporal"] = _unsteadiness(frames - batch.frames, batch.motions)
                total = total + train.temporal_weight * parts["temporal"]
            if batch.detail_frame.numel():
                detail, detail_parts = self._detail_losses(batch, decisions)
                total = total + train.detail_weight * detail
                parts["discriminator"] = parts["discriminator"] + detail_parts.pop("discriminator")
                parts |= {f"detail_{name}": loss for name, loss in detail_parts.items()}
        return Losses(total, parts["discriminator"], parts)

    def _detail_losses(self, batch: TrainingClip, decisions: Decisions) -> tuple[Tensor, dict[str, Tensor]]:
        """The losses of what the last instant's decisions make of candidates at the footage's resolution."""
        places = batch.detail_place.cpu()
        scale = int(places[0, 2])
        height, width = (side // scale for side in batch.detail_frame.shape[-2:])
        crop = scale_decisions(crop_decisions(decisions, places[:, :2], (width, height)), scale)
        frame = compose(crop, batch.detail_candidates, batch.detail_plate).frame
        poses = self.state.generator.as_seen(batch.poses[:, -1])
        cuts = [pose[:, y : y + height, x : x + width] for pose, (x, y, _) in zip(poses, places.tolist(), strict=True)]
        pose = functional.interpolate(torch.stack(cuts), size=frame.shape[-2:], mode="bilinear")
        real, fake = torch.cat([pose, batch.detail_frame], dim=1), torch.cat([pose, frame.to(pose.dtype)], dim=1)
        return self._similarity_losses("detail", frame[:, None], batch.detail_frame[:, None], real, fake)

    def _similarity_losses(
        self, discriminator: str, frames: Tensor, truth: Tensor, real: Tensor, fake: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The weighted sum of the losses of generated frames (B, n, 3, H, W), and each before its weight.

        `real` and `fake` are what the discriminator of that name sees of the truth and of the frames.
        """
        train = self.train
        of_real, of_fake, features = self._discriminate(discriminator, real, fake)
        parts = {
            "adversarial": adversarial_loss(features, train.gan),
            "features": feature_matching_loss(of_real, features),
            "l1": functional.l1_loss(frames, truth),
        }
        total = train.adversarial_weight * parts["adversarial"] + train.feature_weight * parts["features"]
        total = total + train.l1_weight * parts["l1"]
        if train.gradient_weight:
            parts["gradient"] = _gradient_loss(frames, truth)
            total = total + train.gradient_weight * parts["gradient"]
        if train.perceptual_weight:
            parts["perceptual"] = self.perceptual(frames.flatten(0, 1), truth.flatten(0, 1))
            factor = LOCAL_PERCEPTUAL if self.state.stage.name == "local" else 1
            total = total + factor * train.perceptual_weight * parts["perceptual"]
        parts["discriminator"] = discriminator_loss(of_real, of_fake, train.gan)
        return total, parts

    def _face_losses(self, batch: TrainingClip) -> Losses:
        """Losses of the parts' crops, summed over the frames of a clip and averaged over the batch, as published."""
        settings = self.state.stage.settings
        assert isinstance(settings, FaceStageSettings)
        with torch.no_grad():
            generated: list[Generated] = self.unrolled(*batch.given)
        images = zip(*(each[:3] for each in generated), strict=True)
        frame, foreground, mask = (torch.stack(each, dim=1).flatten(0, 1) for each in images)
        poses, truth, plates, boxes = (images.flatten(0, 1) for images in batch[:4])
        parts: dict[str, Tensor] = {}
        total = discrimination = torch.zeros((), device=truth.device)
        for part, refined in self.refined.items():
            rows, places, share = _seen(boxes, self.state.stage.parts[part], len(batch.poses))
            at = Generated(frame[rows], foreground[rows], mask[rows])
            fake = refined(at, poses[rows], plates[rows], places)
            true = crop_boxes(truth[rows], places, self.face_size)
            pose = crop_boxes(self.state.generator.as_seen(poses[rows]), places, self.face_size)
            of_real, of_fake, features = self._discriminate(
                part, torch.cat([pose, true], dim=1), torch.cat([pose, fake.to(pose.dtype)], dim=1)
            )
            losses = {
                "adversarial": share * adversarial_loss(features, self.train.gan),
                "perceptual": share * self.perceptual(fake, true),
                "l1": share * functional.l1_loss(fake, true),
                "discriminator": share * discriminator_loss(of_real, of_fake, self.train.gan),
            }
            total = total + settings.adversarial_weight * losses["adversarial"]
            total = total + settings.perceptual_weight * losses["perceptual"]
            discrimination = discrimination + losses["discriminator"]
            parts |= {f"{part}_{name}": loss for name, loss in losses.items()}
        return Losses(total, discrimination, parts)

    def _discriminate(
        self, name: str, real: Tensor, fake: Tensor
    ) -> tuple[list[Features], list[Features], list[Features]]:
        """Features of real and of generated samples, from which a discriminator learns.

        The last ones are those of the generated samples with the gradient to them, from which the generator learns.
        """
        both = self.discriminators[name](torch.cat([real, fake.detach()]))
        count = len(real)
        of_real = [[layer[:count] for layer in scale] for scale in both]
        of_fake = [[layer[count:] for layer in scale] for scale in both]
        discriminator = self.state.discriminator[name] if name else self.state.discriminator  # type: ignore[index]
        discriminator.requires_grad_(False)
        features = discriminator(fake)
        discriminator.requires_grad_(True)
        return of_real, of_fake, features


def take_step(state: TrainingState) -> None:
    """Change generator and discriminator by the gradients that were gathered, and clear these."""
    for optimiser in (state.generator_optimiser, state.discriminator_optimiser):
        state.scaler.step(optimiser)
    state.scaler.update()
    state.pull_to_base()
    for optimiser in (state.generator_optimiser, state.discriminator_optimiser):
        optimiser.zero_grad(set_to_none=True)
    state.step += 1
    state.update_average()


def _gradient_loss(frames: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of the differences between neighbouring pixels, in both directions."""
    differences = frames - truth
    return differences.diff(dim=-1).abs().mean() + differences.diff(dim=-2).abs().mean()


def _indecision(weights: Tensor) -> Tensor:
    """How far candidates (B, k, H, W) are mixed with each other and with nothing: 0 where one has all the weight."""
    nothing = 1 - weights.sum(dim=1)
    return (1 - weights.square().sum(dim=1) - nothing.square()).mean()


def _unsteadiness(errors: Tensor, motions: Tensor) -> Tensor:
    """Mean absolute change of the errors (B, n, 3, H, W) from one frame to the next along the motion of the pose."""
    now, before = errors[:, 1:].flatten(0, 1), errors[:, :-1].flatten(0, 1)
    return (now - move_frames(before, motions[:, 1:].flatten(0, 1), torch.zeros_like(now))).abs().mean()


def _in_pairs(poses: Tensor, frames: Tensor) -> Tensor:
    """Poses and frames (B, n, 3, H, W) as what the discriminator sees: every two in a row, (B (n - 1), 12, H, W).

    Single frames, which are generated alone, are shown alone: (B, 6, H, W).
    """
    if poses.shape[1] == 1:
        return torch.cat([poses[:, 0], frames[:, 0]], dim=1)
    pairs = [poses[:, :-1], poses[:, 1:], frames[:, :-1], frames[:, 1:]]
    return torch.cat([images.to(frames.dtype) for images in pairs], dim=2).flatten(0, 1)


def _seen(boxes: Tensor, kinds: tuple[int, ...], clips: int) -> tuple[Tensor, Tensor, Tensor]:
    """Which of the frames' boxes, (N, 3, 4), of some kinds are there.

    Returns:
        Their rows (K,), their places (K, 4), and K a clip, by which a mean over them is to be multiplied. Where
        there is none, one box of 64 x 64 pixels replaces it, multiplied by 0, so that all processes do the same.
    """
    rows = torch.arange(len(boxes), device=boxes.device).repeat(len(kinds))
    places = torch.cat([boxes[:, kind] for kind in kinds])
    there = ~places.isnan().any(dim=1)
    share = there.sum() / clips
    if not there.any():
        return rows[:1], torch.tensor([[0.0, 0.0, 64.0, 64.0]], device=boxes.device), share
    return rows[there], places[there], share


def _autocast(settings: TrainSettings, device: torch.device) -> AbstractContextManager[object]:
    wanted = settings.precision
    if wanted == "auto":
        wanted = "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"
    kinds = {"bf16": torch.bfloat16, "fp16": torch.float16}
    return torch.autocast(device.type, kinds[wanted]) if wanted in kinds else nullcontext()
