"""The settings of every stage, one frozen dataclass each.

The text under a field is its help on the command line.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from motion_transfer.limits import EPOCHS, LOSS_WEIGHT, MINUTES, STEPS

Share = Annotated[float, Field(ge=0, le=1)]
Half = Annotated[float, Field(ge=0, le=0.5)]
Length = Annotated[float, Field(gt=0, le=540)]
"""Half of the height for which lengths are given: what is larger covers the picture."""
Minutes = Annotated[float, Field(ge=0, le=MINUTES)]
Epochs = Annotated[float, Field(ge=0, le=EPOCHS)]
Weight = Annotated[float, Field(ge=0, le=LOSS_WEIGHT)]
Rate = Annotated[float, Field(gt=0, le=1)]
Smoothing = Literal["adaptive", "gentle", "savgol", "median", "none"]


@dataclass(frozen=True)
class PoseSettings:
    """Pose estimation and the cleaning of its result."""

    detection_confidence: Share = 0.5
    """Least confidence of MediaPipe's person detector."""
    tracking_confidence: Share = 0.5
    """Confidence below which MediaPipe runs its person detector again."""
    people: Annotated[int, Field(ge=1, le=16)] = 6
    """How many people are found at most, where several are followed."""
    plausible: bool = True
    """Verify detections in the mirror and by motion, and leave out what is no person but a chair or a plant."""
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    """Processes that estimate poses; 0 for one a core. A short clip takes one."""
    max_gap: Annotated[float, Field(ge=0, le=60)] = 0.5
    """Seconds of missing joints that are filled by interpolation; longer gaps stay missing."""
    outliers: bool = True
    """Correct left-right swaps, and drop joints that jump, which are then filled like missing ones."""
    smoothing: Smoothing = "adaptive"
    """Filter over time, at transfer. The footage's poses have their own, see train.smoothing."""
    window: Annotated[int, Field(ge=1, le=99)] = 7
    """Frames in the smoothing window of "median", odd; 7 as published."""
    span: Annotated[float, Field(gt=0, le=4)] = 0.28
    """Seconds in the smoothing window of the others: 7 frames at 25 fps, and never fewer than 5."""


@dataclass(frozen=True)
class NormaliseSettings:
    """Moving the dancer to the subject's place, size and proportions."""

    method: Literal["limbs", "edn", "none"] = "limbs"
    """"limbs": every bone takes the subject's length; "edn": one scale for the body, as in Everybody Dance Now;
    "none": only fit the frame sizes."""
    depth_margin: Share = 0.5
    """EDN's alpha: how far behind the usual place a foot still counts as a step back (0.7 for much travel in depth)."""
    sides: Literal["shown", "dance"] = "shown"
    """Sides that the footage never shows, as a back: the person turns to the camera instead ("shown"), or turns as the
    dancer does, put together from other views ("dance")."""
    place: Literal["frame", "usual"] = "frame"
    """Sideways, what falls on the subject's: the middle of the frame, as far as they come there, or the usual place."""
    travel: Literal["fit", "full"] = "fit"
    """Travel sideways: scaled like the body ("full"), but by less where it would leave the frame ("fit")."""
    scale: Annotated[float, Field(ge=0.01, le=100)] = 1.0
    """Size of the body, by hand: 1.1 makes it a tenth larger, its feet in their place."""
    shift_x: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """Shift to the right, by hand, as a share of the frame's width."""
    shift_y: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """Shift downwards, by hand, as a share of the frame's height."""


@dataclass(frozen=True)
class DrawSettings:
    """The pose image that the generator sees. Lengths are pixels at a frame height of 1080."""

    joint_radius: Length = 8.0
    """Radius of a joint's disc."""
    limb_width: Length = 4.0
    """Half the width of a limb's ellipse."""
    body_confidence: Share = 0.1
    """A body joint below this score is not drawn."""
    face_confidence: Share = 0.2
    """The face is drawn where the mean score of its points reaches this."""
    hand_confidence: Share = 0.05
    """A hand point below this score is not drawn."""
    hide_occluded_face: bool = True
    """Do not draw the face of a head that is turned away, nor what a head in profile hides."""


@dataclass(frozen=True)
class ModelSettings:
    """Sizes of the networks."""

    size: Annotated[int, Field(ge=64, le=4096)] = 160
    """The canvas has about size x size pixels at the footage's aspect, sides multiples of 32."""
    crop: Literal["frame", "person"] = "person"
    """The canvas shows the full frame, or a crop that follows the person and is pasted onto the background."""
    network: Literal["compositor", "global", "local", "unet"] = "compositor"
    """"compositor" chooses among exemplars; "global", "local" (its enhancer) and "unet" draw from the pose alone."""
    base: str = "none"
    """Weights that a compositor begins with: "none", or a file that `python -m samples.base` made."""
    width: Annotated[int, Field(ge=2, le=256)] = 32
    """Channels of the generator's first layer; lower resolutions have more. The local enhancer has half."""
    downsamplings: Annotated[int, Field(ge=1, le=8)] = 3
    """How often the generator halves the resolution: up to 5, "local" up to 4, "unet" 2 to 8."""
    blocks: Annotated[int, Field(ge=1, le=32)] = 6
    """Residual blocks at the lowest resolution."""
    enhancer_blocks: Annotated[int, Field(ge=1, le=32)] = 3
    """Residual blocks of the local enhancer, at half resolution; 3 as published."""
    upsampling_kernel: Literal[3, 4] = 4
    """Side of the transposed convolutions: 4 leaves no checkerboard, 3 is published (the U-Net always has 4)."""
    exemplars: Annotated[int, Field(ge=0, le=256)] = 192
    """Frames of the footage that are kept and warped into each pose by a compositor; 0 for the other networks."""
    candidates: Annotated[int, Field(ge=1, le=8)] = 5
    """Among how many warped exemplars a compositor chooses in each frame."""
    composite: bool = True
    """Generate a foreground and a mask over the background plate, not the full frame."""
    temporal: bool = True
    """Show the generator its previous frame beside the pose; without, every frame is made alone, as in pix2pix."""
    pose_range: Literal["-1..1", "0..1"] = "-1..1"
    """Values of the pose image as the networks see it; "0..1" is Everybody Dance Now's."""
    face: bool = False
    """Improve the face by a generator of its own, as Everybody Dance Now does."""
    hands: bool = False
    """Improve the hands in the same way, by another one."""
    face_size: Annotated[int, Field(ge=32, le=512, multiple_of=16)] = 128
    """Side of the crops of face and hands; 128 as published; over twice the face's size on the canvas is wasted."""
    face_width: Annotated[int, Field(ge=2, le=256)] = 32
    """Channels of the first layer of the generators of face and hands."""
    face_downsamplings: Annotated[int, Field(ge=1, le=4)] = 3
    """How often they halve the resolution; 3 as published."""
    face_blocks: Annotated[int, Field(ge=1, le=32)] = 5
    """Their residual blocks; 5 as published."""
    discriminator_width: Annotated[int, Field(ge=4, le=256)] = 16
    """Channels of the discriminator's first layer."""
    discriminator_layers: Annotated[int, Field(ge=1, le=5)] = 3
    """Strided layers of each discriminator."""
    discriminator_scales: Annotated[int, Field(ge=1, le=4)] = 2
    """Discriminators, each at half the resolution of the one before."""


@dataclass(frozen=True)
class StageSettings:
    """What each stage of the training has for itself. It ends at its first bound; without any it is left out."""

    steps: Annotated[int, Field(ge=0, le=STEPS)] = 0
    """Optimiser steps; 0 for no bound."""
    minutes: Minutes = 0.0
    """Minutes of training, those before an interruption included; 0 for no bound."""
    epochs: Epochs = 0.0
    """Passes over the footage; 0 for no bound."""
    learning_rate: Rate = 2e-4
    """Adam's step size, 2e-4 as published."""

    @property
    def bounded(self) -> bool:
        """Whether the stage is trained at all."""
        return bool(self.steps or self.minutes or self.epochs)


@dataclass(frozen=True)
class TrainSettings(StageSettings):
    """The training: what all its stages share, and the bounds of the first one, which trains the main generator."""

    minutes: Minutes = 20.0
    """Minutes of training, those before an interruption included; 0 for no bound."""
    learning_rate: Rate = 5e-4
    """Adam's step size; 2e-4 as published."""
    size: Annotated[int, Field(ge=0, le=4096)] = 0
    """Canvas of the first stage where a local stage follows, like model.size; 0 for half of that."""
    batch: Annotated[int, Field(ge=0, le=256)] = 1
    """Clips of the footage a step, 1 as published; 0 for the most that fit the GPU's memory."""
    accumulate: Annotated[int, Field(ge=1, le=256)] = 1
    """Batches whose gradients are added up for one step: as one batch so many times larger, in the memory of one."""
    unroll: Annotated[int, Field(ge=1, le=32)] = 2
    """Frames in a row that are generated in training: 2 as published, more against drift, 1 for frame by frame."""
    gan: Literal["lsgan", "cross-entropy"] = "lsgan"
    """Kind of GAN loss: "lsgan" (least squares) as published, "cross-entropy" as pix2pix."""
    adversarial_weight: Weight = 0.2
    """Weight of the GAN loss, which is summed over the discriminators; 1 as published."""
    feature_weight: Weight = 2.0
    """Weight of the discriminator feature matching loss; 10 as published."""
    perceptual_weight: Weight = 1.5
    """Weight of the perceptual loss; 10 as published with VGG-19."""
    perceptual: Literal["vgg", "efficientnet"] = "efficientnet"
    """Network of the perceptual loss: VGG-19 as published, or EfficientNet-Lite0, which is small and at hand."""
    vgg: str = "none"
    """File with VGG-19's weights; "" to download them once; "none" for MS-SSIM + L1 in their place, cheap on a CPU."""
    l1_weight: Weight = 30.0
    """Weight of the mean absolute difference to the true frame."""
    gradient_weight: Weight = 15.0
    """Weight of that difference between neighbouring pixels' differences, which says where edges lie."""
    detail_weight: Weight = 1.0
    """Weight of the same losses on a crop at the footage's resolution, of a compositor."""
    fill_weight: Weight = 1.0
    """Weight of how much a compositor fills and tints by itself, which holds at the canvas's resolution only."""
    mixing_weight: Weight = 2.0
    """Weight, at the end of the stage, of how far a compositor mixes candidates: a mixture shows outlines twice."""
    temporal_weight: Weight = 3.0
    """Weight of how a compositor's errors change from frame to frame, where the pose's own motion is followed."""
    ema: Share = 0.998
    """Decay of the moving average of the generator's weights, which is what the subject keeps; 0 for none."""
    decay: Share = 0.5
    """Share of a stage's run, at its end, over which the learning rate falls linearly to 0; 0 for a constant one."""
    smoothing: Smoothing = "gentle"
    """Filter over time of the footage's poses: of joints that hardly move."""
    held_out: Half = 0.1
    """Share of the footage, at its end, that is never trained on and serves to report quality."""
    base_rate: Share = 0.3
    """Learning rate of a compositor that begins from base weights, as a share: they are only adapted."""
    base_frozen: Share = 0.2
    """Share of the run, at its start, in which only the last layers of such a compositor learn."""
    base_pull: Weight = 0.1
    """How strongly its weights are drawn back to the base's, as a share of the learning rate in each step."""
    augment_shift: Half = 0.0
    """Move pose and frame alike by up to this share of the canvas; 0 as published."""
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    """Arithmetic: "auto" is bf16 on a GPU that has it, else fp32; "fp16" scales the losses to stay in range."""
    recompute: bool = False
    """Compute activations again for the gradient instead of keeping them: less memory, about a third more time."""
    compile: bool = False
    """Compile the networks (torch.compile): minutes at the start, faster steps on a GPU."""
    workers: Annotated[int, Field(ge=-1, le=64)] = -1
    """Processes that load and draw; -1 for none on the CPU, which has enough to do, and up to 8 with a GPU."""
    checkpoint_minutes: Annotated[float, Field(gt=0, le=MINUTES)] = 1.0
    """Minutes between checkpoints: what a power cut can cost."""
    keep: Annotated[int, Field(ge=1, le=100)] = 1
    """Checkpoints that are kept, the newest, beside the best."""
    sheet_minutes: Minutes = 5.0
    """Minutes between sheets pose | truth | result of held-out frames, which find the best checkpoint; 0 for none."""
    result: Literal["last", "best"] = "last"
    """What the subject keeps: the weights at the end, or those that did best on the held-out frames."""
    tensorboard: bool = False
    """Write the losses and sheets for TensorBoard too (pip install motion-transfer[logging])."""
    seed: Annotated[int, Field(ge=0, le=2**62)] = 0
    """Seed of the weights and of the order of the samples."""


@dataclass(frozen=True)
class LocalStageSettings(StageSettings):
    """The second stage: the local enhancer at full resolution, around the global generator of the first."""

    frozen_epochs: Epochs = 0.0
    """Epochs at the start in which the global generator is frozen and only the enhancer trains."""
    discriminator_scales: Annotated[int, Field(ge=1, le=4)] = 3
    """Discriminators of this stage; 3 as published, one more than the first stage's."""


@dataclass(frozen=True)
class FaceStageSettings(StageSettings):
    """The last stage: a residual for the face. The main generator is frozen."""

    adversarial_weight: Weight = 0.5
    """Weight of a frame's GAN loss, as published."""
    perceptual_weight: Weight = 5.0
    """Weight of a frame's perceptual loss, as published."""


@dataclass(frozen=True)
class EncodeSettings:
    """The output video."""

    codec: Literal["h264", "h265", "av1", "vp9"] = "h264"
    """Video codec."""
    encoder: Literal["software", "nvenc"] = "software"
    """"nvenc" encodes on an NVIDIA GPU (h264, h265, av1); where none can, the software does, with a warning."""
    quality: Annotated[int, Field(ge=0, le=63)] = 18
    """Constant quality (CRF/CQ): lower is better and larger; 18 is visually lossless for h264."""
    audio: Literal["source", "none"] = "source"
    """"source" carries the dance's sound: copied where the container takes it, else AAC."""
