"""The bounds of a training, divided among its stages."""

from dataclasses import replace

from motion_transfer.config.pipeline import Pipeline
from motion_transfer.config.stages import StageSettings


def share_bounds(pipeline: Pipeline, steps: int | None, minutes: float | None) -> Pipeline:
    """The pipeline with steps or minutes in all instead of its own bounds; of both, the first reached ends a stage.

    Several stages share them in the proportion of their own bounds, where these are of one kind, and else equally.
    """
    if steps is None and minutes is None:
        return pipeline
    names = ["train", *(name for name in ("train_local", "train_face") if getattr(pipeline, name).bounded)]
    stages: dict[str, StageSettings] = {name: getattr(pipeline, name) for name in names}
    shares = dict.fromkeys(names, 1.0)
    for kind in ("epochs", "steps", "minutes"):
        if all(getattr(stage, kind) for stage in stages.values()):
            shares = {name: float(getattr(stage, kind)) for name, stage in stages.items()}
            break
    bounded = {}
    for name, stage in stages.items():
        share = shares[name] / sum(shares.values())
        # At least one step, or a share rounded to 0 would skip the stage.
        own_steps = (max(1, round(steps * share)) if steps > 0 else steps) if steps else 0
        bounded[name] = replace(stage, steps=own_steps, minutes=float((minutes or 0) * share), epochs=0.0)
    return replace(pipeline, **bounded)  # type: ignore[arg-type]
