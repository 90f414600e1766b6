"""The stages of a training: global, then local, then face, as far as the networks have them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from motion_transfer.base import NONE
from motion_transfer.config import LocalStageSettings, Pipeline, StageSettings
from motion_transfer.errors import ConfigError
from motion_transfer.footage.canvas import canvas_size
from motion_transfer.footage.preprocess import Footage
from motion_transfer.models.discriminator import MultiScaleDiscriminator
from motion_transfer.models.generator import Generator
from motion_transfer.types import Size

StageName = Literal["global", "local", "face"]

PARTS = {"face": (0,), "hands": (1, 2)}  # for each generator of a part, its boxes in a clip: the hands share one
FACE_LAYERS, FACE_SCALES = 3, 1  # the discriminator of a part, as published


@dataclass(frozen=True)
class Stage:
    """One stage of a training."""

    name: StageName
    index: int
    settings: StageSettings  # its bounds and its learning rate
    pipeline: Pipeline  # what all stages share, with the networks of this one as `model`

    def canvas(self, footage: Footage) -> Size:
        """(width, height) of the images it trains on."""
        if not self.is_first_of_two:
            return footage.canvas
        if self.pipeline.train.size:
            return canvas_size(footage.canvas, self.pipeline.train.size)
        return footage.canvas[0] // 2, footage.canvas[1] // 2

    @property
    def is_first_of_two(self) -> bool:
        """Whether this stage trains the global generator that a local enhancer will be put around."""
        return isinstance(self.settings, type(self.pipeline.train)) and self.pipeline.train_local.bounded

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """The generators of parts that the stage trains, with their boxes; none in the stages of the main one."""
        wanted = {"face": self.pipeline.model.face, "hands": self.pipeline.model.hands}
        return {part: boxes for part, boxes in PARTS.items() if wanted[part]} if self.name == "face" else {}

    @property
    def from_base(self) -> bool:
        """Whether it begins from base weights."""
        return self.pipeline.model.network == "compositor" and self.pipeline.model.base != NONE

    def trained(self, generator: Generator, *, epochs: float, progress: float = 1.0) -> list[nn.Module]:
        """What of a generator is trained when the stage has come so far; all else is frozen.

        Args:
            generator: whose networks they are.
            epochs: that it has lasted.
            progress: the share of it that is done.
        """
        if self.name == "face":
            return [getattr(generator, part) for part in self.parts]
        settings = self.settings
        if isinstance(settings, LocalStageSettings) and epochs < settings.frozen_epochs:
            return [generator.network.model1_1, generator.network.model1_2]  # type: ignore[list-item]
        if self.from_base and progress < self.pipeline.train.base_frozen:
            return [generator.network.up[-1], generator.network.out]  # type: ignore[index, list-item]
        return [generator.network]

    def discriminator(self) -> MultiScaleDiscriminator | nn.ModuleDict:
        """A discriminator with fresh weights; in the face stage one a part, for a compositor one more for detail.

        It sees two consecutive pose images and frames, or one of each where frames are made alone.
        """
        model = self.pipeline.model
        width = model.discriminator_width
        if self.name == "face":
            sizes = {"width": width, "layers": FACE_LAYERS, "scales": FACE_SCALES}
            return nn.ModuleDict({part: MultiScaleDiscriminator(6, **sizes) for part in self.parts})
        scales = model.discriminator_scales
        if isinstance(self.settings, LocalStageSettings):
            scales = self.settings.discriminator_scales
        sizes = {"width": width, "layers": model.discriminator_layers, "scales": scales}
        main = MultiScaleDiscriminator(12 if model.temporal else 6, **sizes)
        if model.network != "compositor":
            return main
        return nn.ModuleDict({"canvas": main, "detail": MultiScaleDiscriminator(6, **sizes)})


def stages_of(pipeline: Pipeline) -> list[Stage]:
    """The stages that train a pipeline's networks, in their order.

    Raises:
        ConfigError: settings that cannot work together: a stage without its network, a network without its stage, an
            unroll that does not fit the generator.
    """
    if problem := next(_problems(pipeline), None):
        raise ConfigError(problem)
    model = pipeline.model
    if model.network == "local":
        coarse = replace(pipeline, model=replace(model, network="global"))
        stages = [Stage("global", 0, pipeline.train, coarse), Stage("local", 1, pipeline.train_local, pipeline)]
    else:
        stages = [Stage("global", 0, pipeline.train, pipeline)]
    if model.face or model.hands:
        stages.append(Stage("face", len(stages), pipeline.train_face, pipeline))
    return stages


def _problems(pipeline: Pipeline) -> Iterator[str]:
    """Settings of a pipeline that cannot work together."""
    model, train = pipeline.model, pipeline.train
    if model.temporal and train.unroll < 2:
        yield (
            f"train.unroll is {train.unroll}, but the generator gets its previous frame, which it would never get in "
            "training. Give at least 2, or set model.temporal to false."
        )
    if not model.temporal and train.unroll > 1:
        yield (
            f"train.unroll is {train.unroll}, but model.temporal is false: every frame is generated alone. Set it to 1."
        )
    if model.crop == "person" and not model.composite:
        yield (
            'model.crop is "person", but model.composite is false: what is generated in a crop must be laid over '
            'the background. Set model.composite to true, or model.crop to "frame".'
        )
    if model.network == "local" and not pipeline.train_local.bounded:
        yield (
            'model.network is "local", but the stage that trains it has no bound. Give train_local.epochs, .steps or '
            ".minutes."
        )
    if model.network != "local" and pipeline.train_local.bounded:
        yield f"train_local has a bound, but model.network is {model.network!r}. Set it to local."
    if (model.face or model.hands) and not pipeline.train_face.bounded:
        yield (
            "model.face or model.hands is true, but the stage that trains them has no bound. Give train_face.epochs, "
            ".steps or .minutes."
        )
    if not (model.face or model.hands) and pipeline.train_face.bounded:
        yield "train_face has a bound, but model.face and model.hands are false. Set one of them to true."
    if train.augment_shift and model.network == "compositor":
        yield "train.augment_shift moves what a compositor's candidates were made for. Set it to 0."
    if train.size and model.network != "local":
        yield f"train.size is {train.size}, but no local stage follows whose size could differ. Set model.size instead."
