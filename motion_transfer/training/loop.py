"""The training loop, from the first sample of the first stage to the generator."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import cv2
import torch

from motion_transfer.config import Pipeline
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.selection import select_exemplars
from motion_transfer.files import atomic_path
from motion_transfer.footage.preprocess import Footage
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.training.batch import TrainingClip, augment, draw_shifts, to_batch
from motion_transfer.training.candidates import candidate_store
from motion_transfer.training.dataset import ClipDataset, Clips, held_out_clips, load, training_clips
from motion_transfer.training.distributed import largest, mean_losses, processes, rank
from motion_transfer.training.failures import fit_batch, readable_errors
from motion_transfer.training.perceptual import perceptual_loss
from motion_transfer.training.run.checkpoints import Checkpoints
from motion_transfer.training.run.clock import Clock, Timer, Waiting, decay
from motion_transfer.training.run.interruption import Interruption, interruption
from motion_transfer.training.run.log import Log, open_log
from motion_transfer.training.run.validation_sheet import Sheet, ValidationSheet
from motion_transfer.training.stages import Stage, stages_of
from motion_transfer.training.state import TrainingState, read_checkpoint
from motion_transfer.training.step import Networks, Perceptual, take_step

LOG_STEPS = 20  # between two lines of the log: to read a loss makes a GPU wait
SHEET = "sheet.jpg"
SHARED_MEMORY = ("cpu",)  # devices whose memory is not the run's own: the batch is not fitted to it


def train_networks(
    footage: Footage,
    folder: Path,
    pipeline: Pipeline,
    device: torch.device,
    *,
    exemplars: ExemplarBank | None = None,
    progress: ProgressCallback = no_progress,
) -> TrainingState:
    """Train a generator on preprocessed footage through all its stages, from the last checkpoint on if there is one.

    Under torchrun every process calls this alike; the first one writes.

    Args:
        footage: what to learn from; its end is held out as `pipeline.train.held_out` says.
        folder: holds the checkpoints, `log.jsonl` (a line of losses every 20 steps and for each checkpoint) and
            `sheet.jpg` (pose | truth | result of held-out frames).
        pipeline: sizes, weights, bounds.
        device: where to compute.
        exemplars: of the footage; selected here if not given.
        progress: called with (stage, done, total), for steps.

    Returns:
        The state at the end of the run.

    Raises:
        ConfigError: settings that cannot work together.
        TrainingError: too few consecutive frames show the person; a loss is not finite; a bad checkpoint; not
            enough memory; networks that cannot be compiled.
        KeyboardInterrupt: SIGINT or SIGTERM; the step was finished and saved first.
    """
    if exemplars is None:
        exemplars = select_exemplars(footage, pipeline)
    with candidate_store(folder) as store:

        def clips(stage: Stage) -> tuple[ClipDataset, ValidationSheet]:
            held_out = held_out_clips(stage, footage, exemplars, store)
            return training_clips(stage, footage, exemplars, store), ValidationSheet(stage, held_out, device)

        return train_stages(folder, pipeline, device, clips, progress=progress)


def train_stages(
    folder: Path,
    pipeline: Pipeline,
    device: torch.device,
    clips_of: Callable[[Stage], tuple[Clips, Sheet]],
    *,
    progress: ProgressCallback = no_progress,
) -> TrainingState:
    """Train through all stages, from the last checkpoint on if there is one; see `train_networks`.

    Args:
        folder: holds the checkpoints, the log and the sheet.
        pipeline: sizes, weights, bounds.
        device: where to compute.
        clips_of: gives what a stage trains on, and what shows how well it does.
        progress: called with (stage, done, total), for steps.
    """
    stages = stages_of(pipeline)
    checkpoints = Checkpoints(folder, pipeline.train.keep)
    state = _resumed(checkpoints, stages, device)
    if not any(stage.settings.bounded for stage in stages):  # a compositor works without any training
        return state
    settings = pipeline.train
    state.perceptual, perceptual = perceptual_loss(pipeline, state.perceptual)
    perceptual.to(device)
    with (
        interruption() as stop,
        open_log(folder, state.step, writes=rank() == 0, tensorboard=settings.tensorboard) as log,
    ):
        for stage in stages[state.stage.index :]:
            if stage.index > state.stage.index:
                state = state.next_stage(stage)
            if not stage.settings.bounded:
                continue
            clips, sheet = clips_of(stage)
            name = f"training {stage.name}" if len(stages) > 1 else "training"
            with readable_errors(state, folder):
                train_stage(state, clips, sheet, perceptual, checkpoints, log, stop, partial(progress, name))
    best = settings.result == "best"
    if best:
        checkpoints.load_best(state)
    if rank() == 0:
        checkpoints.prune(best=best)
    return state


def train_stage(
    state: TrainingState,
    clips: Clips,
    sheet: Sheet,
    perceptual: Perceptual,
    checkpoints: Checkpoints,
    log: Log,
    stop: Interruption,
    progress: Callable[[int, int], None],
) -> None:
    """Train one stage to its end, from wherever the state has come to."""
    stage, settings = state.stage, state.stage.pipeline.train
    state.batch = state.batch or _batch_that_fits(state, clips, perceptual)
    batches = iter(load(clips, state))
    clock = Clock(state, stage.settings, epoch=len(clips))
    save_timer, sheet_timer, waiting = Timer(settings.checkpoint_minutes), Timer(settings.sheet_minutes), Waiting()
    networks = None

    while not clock.finished:
        rate = stage.settings.learning_rate * decay(clock.progress, settings.decay)
        state.set_learning_rate(rate)
        if state.freeze(clock.epochs, clock.progress) or networks is None:
            networks = Networks(state, perceptual)
        networks.progress = clock.progress

        for last in [*[False] * (settings.accumulate - 1), True]:
            with waiting:
                loaded: TrainingClip = next(batches)
            draws = draw_shifts(settings.seed, state.samples + rank() * state.batch, state.batch)
            batch = augment(to_batch(loaded, state.device), settings.augment_shift, draws)
            with nullcontext() if last else networks.unsynchronised():
                losses = networks.backward(batch, 1 / settings.accumulate)
            state.samples += state.batch * processes()
        take_step(state)
        clock.tick()

        # All processes decide alike: what one asks for, all do.
        stop_flag, save_flag, sheet_flag, state.seconds = largest(
            stop.requested, save_timer.due, sheet_timer.due, state.seconds
        )
        draws_sheet = bool(sheet_flag) or clock.finished
        saves = bool(save_flag or stop_flag) or draws_sheet
        if saves or state.step % LOG_STEPS == 0:
            state.losses = mean_losses(losses.parts)
            metrics = {"seconds": round(state.seconds, 1), "learning_rate": rate, "waiting": waiting.share()}
            if draws_sheet and rank() == 0:
                metrics |= _draw_sheet(state, sheet, log, checkpoints.folder)
            log.write(state.step, stage.name, metrics | state.losses)
        progress(*clock.steps)
        if saves and rank() == 0:
            if clock.finished:
                state.record_stage()
            if not state.finite:  # such a state must never replace a good one
                raise FloatingPointError("the weights are not finite")
            checkpoints.save(state)
            if draws_sheet:
                checkpoints.keep_if_best(state)
                sheet_timer.reset()
            save_timer.reset()
        if stop_flag:
            raise KeyboardInterrupt


def _resumed(checkpoints: Checkpoints, stages: list[Stage], device: torch.device) -> TrainingState:
    """The state that the newest checkpoint holds, or that of a new run."""
    newest = checkpoints.newest
    if newest is None:
        return TrainingState(stages[0], device)
    reached = read_checkpoint(newest)["stage"]
    state = TrainingState(next((stage for stage in stages if stage.name == reached), stages[0]), device)
    asked = state.batch
    state.load(newest)
    state.batch = asked or state.batch
    return state


def _batch_that_fits(run: TrainingState, clips: Clips, perceptual: Perceptual) -> int:
    """The largest batch that a step of the stage finds memory for; on the CPU, whose memory is not its own, 1."""
    device = run.device
    if device.type in SHARED_MEMORY:
        return 1

    def step(batch: int) -> None:
        state = TrainingState(run.stage, device)
        state.freeze(float("inf"))
        clip = TrainingClip(*(torch.stack([each] * batch) for each in clips[0]))
        Networks(state, perceptual).backward(to_batch(clip, device))
        take_step(state)

    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        fits = fit_batch(step)
    return int(-largest(-fits)[0])


def _draw_sheet(state: TrainingState, sheet: Sheet, log: Log, folder: Path) -> dict[str, float]:
    """Write the sheet of held-out frames; their PSNR, if any shows the person."""
    drawn = sheet.draw(state.average)
    if drawn is None:
        return {}
    image, state.held_out = drawn
    log.picture(state.step, state.stage.name, image)
    with atomic_path(folder / SHEET) as path:
        path.write_bytes(cv2.imencode(".jpg", image[..., ::-1])[1].tobytes())
    return {"held_out_psnr": round(state.held_out, 3)}
