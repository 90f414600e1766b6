"""Learning the base weights from the rendered people, with the loop that learns a single person."""

import json
from dataclasses import replace
from pathlib import Path

import torch

from motion_transfer.base import NONE, save_base
from motion_transfer.config import Pipeline
from motion_transfer.errors import TrainingError
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.training.loop import train_stages
from motion_transfer.training.run.plot import plot_losses
from motion_transfer.training.run.validation_sheet import Sheet
from motion_transfer.training.stages import Stage
from motion_transfer.training.state import result_of
from samples.base.clips import PeopleClips, PeopleSheet, complete_people
from samples.base.people import HELD_OUT


def learn(
    people: Path,
    folder: Path,
    pipeline: Pipeline,
    device: torch.device,
    out: Path,
    progress: ProgressCallback = no_progress,
) -> None:
    """Learn base weights, or go on where it was stopped, and write them to `out`, their recipe beside them.

    Args:
        people: as `render_people` left them.
        folder: holds checkpoints, log, sheet and the plot of the losses.
        pipeline: its bounds say how long.
        device: where to compute.
        out: a .safetensors file.
        progress: called with (stage, done, total), for steps.

    Raises:
        TrainingError: nobody is there to learn from.
    """
    learned, judging = complete_people(people, held_out=HELD_OUT)
    if not learned:
        raise TrainingError(
            f"{people} holds nobody to learn from. Render people first: `python -m samples.base render`."
        )
    folder.mkdir(parents=True, exist_ok=True)

    def clips(stage: Stage) -> tuple[PeopleClips, Sheet]:
        return PeopleClips(stage, learned), PeopleSheet(stage, judging, device)

    workers = 1 if device.type == "cpu" else pipeline.train.workers  # paints candidates while the network learns
    pipeline = replace(
        pipeline, model=replace(pipeline.model, base=NONE), train=replace(pipeline.train, workers=workers)
    )
    state = train_stages(folder, pipeline, device, clips, progress=progress)
    save_base(out, result_of(state).network)
    recipe = {
        "people": len(learned),
        "held_out_people": len(judging),
        "steps": state.step,
        "hours": round(state.seconds / 3600, 2),
        "device": str(device),
        "seed": pipeline.train.seed,
        "held_out_psnr": state.held_out,
        "losses": state.losses,
    }
    out.with_suffix(".json").write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")
    plot_losses(folder)
