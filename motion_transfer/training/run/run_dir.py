"""The run folder: a subject's folder belongs to one run on the same footage with the same settings."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from motion_transfer.config.options import LARGEST
from motion_transfer.errors import MotionTransferError, OutputError, SubjectError
from motion_transfer.files import atomic_path, check_outside_subjects, wait_for_lock
from motion_transfer.loading import Expected, read_json, shown
from motion_transfer.training.candidates import UNFINISHED as CANDIDATES


@contextmanager
def lock_run_dir(out: Path, run: dict[str, Any]) -> Iterator[None]:
    """Make `out` the folder of this run and lock it, or refuse it if it holds something else.

    Where the block raises a `MotionTransferError` before there is anything to resume, what this run made is removed.
    A folder that an earlier run made, and any checkpoint, is kept.

    Args:
        out: the subject's folder.
        run: what identifies the run: footage and settings, as JSON values.

    Raises:
        OutputError: `out` cannot be written, is a file, or holds other files.
        SubjectError: it holds a run on other footage or with other settings, or a subject that cannot be trained on.
    """
    training, marker = out / "training", out / "training" / "run.json"
    check_outside_subjects(out.parent)
    # Of a name that no file system takes, os.path says that it is not there; a Path raises an error.
    created, resumed = not os.path.exists(out), os.path.exists(marker)
    if created:
        if not os.path.isdir(out.parent):
            raise OutputError(
                f"{out}: its folder {out.parent} does not exist. Create it first, or choose another folder."
            )
    elif not out.is_dir():
        raise OutputError(f"{out} is a file; expected the name of a folder to write. Choose another folder.")
    elif resumed:
        check_same_run(out, _read_run(marker), run)
    elif (out / "subject.json").exists():
        raise SubjectError(
            f"{out} is a finished subject whose training/ folder is gone, so it cannot be trained further. "
            "Choose another folder."
        )
    elif any(path != training for path in out.iterdir()) or _holds_files(training):
        raise OutputError(f"{out} is a folder with other files in it. Choose another folder, or empty it.")
    with ExitStack() as lock:
        try:
            training.mkdir(parents=True, exist_ok=True)
            folder = os.open(training, os.O_RDONLY)
            lock.callback(os.close, folder)
            # The loaders of a run that was killed hold the lock until they notice.
            wait_for_lock(
                folder,
                f"{out} is being trained by another process. Wait for its end or stop it, or choose another folder.",
            )
            # Unfinished files of a run that was killed.
            for unfinished in out.glob(".*.[0-9]*.part*"):
                unfinished.unlink()
            for unfinished in training.glob(f"{CANDIDATES}-*"):
                shutil.rmtree(unfinished)
            with atomic_path(marker) as path:
                path.write_text(json.dumps(run, indent=2) + "\n", encoding="utf-8")
        except PermissionError:
            raise OutputError(f"{out}: no permission to write there. Choose another folder.") from None
        except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
            reason = getattr(error, "strerror", None) or error
            raise OutputError(f"{out} cannot be written ({reason}). Choose another folder.") from error
        try:
            yield
        except MotionTransferError:
            worth_keeping = (training / "footage").exists() or any(training.glob("*.pt"))
            if not resumed and not worth_keeping:
                shutil.rmtree(training)
                if created and not any(out.iterdir()):
                    out.rmdir()
            raise


def run_settings(out: Path) -> dict[str, Any]:
    """The settings, table by table, of the run in a folder; none where there is no run to resume."""
    marker = out / "training" / "run.json"
    settings: dict[str, Any] = _read_run(marker)["pipeline"] if os.path.exists(marker) else {}
    return settings


def _read_run(marker: Path) -> dict[str, Any]:
    remedy = f"Delete {marker.parent} to start over, or choose another folder."
    expected = Expected("the record of a training run", SubjectError, remedy)
    run: dict[str, Any] = read_json(marker, expected)
    settings = run.get("pipeline") if isinstance(run, dict) else None
    if not isinstance(settings, dict) or not all(isinstance(table, dict) for table in settings.values()):
        expected.refuse(marker, "is damaged: it holds no settings")
    return run


def _holds_files(training: Path) -> bool:
    """Whether a folder holds anything but the unfinished marker of a run that was killed at its start."""
    return training.is_file() or (
        training.is_dir() and any(not f.match(".run.*.part.json") for f in training.iterdir())
    )


def check_same_run(out: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to go on with what a folder holds where footage, person or settings are other ones.

    Raises:
        SubjectError: says what differs.
    """
    if before == now:
        return
    changed = [
        f"{stage}.{name} was {shown(before['pipeline'][stage][name])}, is {shown(value)}"
        for stage, table in now["pipeline"].items()
        for name, value in table.items()
        # A setting that an earlier version did not have is no difference.
        if before["pipeline"].get(stage, {}).get(name, value) != value
    ]
    if before.get("sha256") != now["sha256"] or before.get("given_poses") != now["given_poses"]:
        what = "other footage or poses"
    elif (person := before.get("person", LARGEST)) != now.get("person", LARGEST):
        what = f"another person (`person` was {shown(person)})"
    elif not changed:
        return
    else:
        what = f"other settings ({'; '.join(changed)})"
    raise SubjectError(f"{out} holds training on {what}. Choose another folder, or delete {out} to start over.")
