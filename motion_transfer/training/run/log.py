"""The log of a run: JSON lines always, TensorBoard on request."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from motion_transfer.errors import ConfigError, TrainingError
from motion_transfer.files import atomic_path
from motion_transfer.limits import LINE_BYTES, STEPS
from motion_transfer.loading import Expected, open_regular
from motion_transfer.types import Image

LOG = "log.jsonl"


class Log:
    """Lines of `log.jsonl`, and the same for TensorBoard on request."""

    def __init__(self, file: Any, writer: Any) -> None:
        self._file = file
        self._writer = writer

    def write(self, step: int, stage: str, values: dict[str, float]) -> None:
        """Write the metrics of a step."""
        if self._file is not None:
            self._file.write(json.dumps({"step": step, "stage": stage, **values}) + "\n")
            self._file.flush()
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(f"{stage}/{name}", value, step)

    def picture(self, step: int, stage: str, image: Image) -> None:
        """Show a picture, RGB (H, W, 3), in TensorBoard."""
        if self._writer is not None:
            self._writer.add_image(f"{stage}/held out", image, step, dataformats="HWC")


@contextmanager
def open_log(folder: Path, step: int, *, writes: bool, tensorboard: bool) -> Iterator[Log]:
    """The log of a run that goes on from a step; lines of later ones, which will be made again, are dropped.

    Raises:
        ConfigError: TensorBoard is asked for and not installed.
    """
    if not writes:
        yield Log(None, None)
        return
    writer = _writer(folder, step) if tensorboard else None
    _cut(folder / LOG, step)
    try:
        with (folder / LOG).open("a", encoding="utf-8") as file:
            yield Log(file, writer)
    finally:
        if writer is not None:
            writer.close()


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The lines of a run's log; one that was cut off, or is none of ours, is left out."""
    if not os.path.exists(folder / LOG):
        return []
    lines = []
    with open_regular(folder / LOG, Expected("the log of a training run", TrainingError)) as file:
        for text in iter(partial(file.readline, LINE_BYTES), b""):
            try:
                line = json.loads(text)
                # Not `in range(STEPS)`, which compares what is no integer with each number.
                if type(line["step"]) is int and 0 <= line["step"] < STEPS and isinstance(line["stage"], str):
                    lines.append(line)
            except (ValueError, TypeError, KeyError, RecursionError):
                continue
    return lines


def _cut(path: Path, step: int) -> None:
    lines = read_log(path.parent)
    with atomic_path(path) as temporary:
        text = "".join(json.dumps(line) + "\n" for line in lines if line["step"] <= step)
        temporary.write_text(text, encoding="utf-8")


def _writer(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ConfigError(
            "train.tensorboard is true, but TensorBoard is not installed. "
            "Install it with `pip install motion-transfer[logging]`, or omit the setting."
        ) from error
    return SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)
