"""Verbs called in this process, where sound files, links, a pipe and devices lie: one clear error, or success."""

import contextlib
import io
import os
import re
import shutil
import stat
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from types import SimpleNamespace

from motion_transfer.cli.main import main
from motion_transfer.errors import MotionTransferError

VERBS = {
    "check": "clip.mp4 --poses poses.npz --cache off --out check.png",
    "train": "clip.mp4 --poses poses.npz --out new --pipeline tiny.toml --force --device cpu --cache off",
    "transfer": "clip.mp4 --subject me --out out.mp4 --poses poses.npz --device cpu --background plate.png",
    "evaluate": "clip.mp4 --truth link.mp4 --out report --device cpu",
    "probe": "clip.mp4",
    "pose": "clip.mp4 --out found.npz --end 0.2",
    "normalise": "poses.npz --subject me --out normal.npz",
    "draw": "poses.npz --out drawn.mp4",
    "synthesise": "poses.npz --subject me --out out.mp4 --device cpu",
    "encode": "clip.mp4 --out out.mp4 --audio-from link.mp4",
    "batch": "jobs.csv --out batch --device cpu --workers 1 --cache off",
    "batch-train": "subjects.csv --out batch --device cpu --workers 1 --cache off",
    "cache": "info --cache cache",
    "perform": "clip.mp4 --person plate.png --out out.mp4 --subject new --pipeline tiny.toml --device cpu --cache off",
    "mix": "me you --face me --clothes you --out new",
    "verify": "clip.mp4",
    "show": "me",
    "consent": "you Ada,in-writing,2026-11-20",
    "pack": "me --out out.zip --sign-with key.pem",
    "unpack": "me.zip --out new",
    "forget": "you --cache off",
    "import-edn": "--generator edn.pth --footage clip.mp4 --out new --poses poses.npz",
}
NAMES = (
    *("", "-", ".", "..", "zero", "full", "fifo", "me", "me/background.png", "me/x.mp4", "me/x.npz", "clip.mp4"),
    *("link.mp4", "sym.mp4", "poses.npz", "missing/x.mp4", "/proc/x.mp4", "/proc/x.npz", "/proc/self/mem", "x" * 300),
    *("x" * 240 + ".mp4", "x" * 236 + ".npz", "\udcff.mp4", "\udcff.npz", "é\n.mp4", "a\0b", "%d.mp4", "x.unknown"),
    *(
        "{dance.foo}",
        "{0}",
        "{dance!r:>999999999}",
        "{",
        "file:///x.mp4",
        "http://localhost:1/x.mp4",
        "concat:clip.mp4",
    ),
    *("you", "me.zip", "key.pem", "base.safetensors", "marked.mkv"),
    *("list.m3u8", "list.mp4", "../x.mp4", "jobs.csv", "tiny.toml", "edn.pth", "openpose", "batch", "source", "-x.mp4"),
)
"""Of files and folders, for arguments of every kind."""

OUTPUTS = ("--out", "--preview")  # options that name a file that may be replaced, unless it is an input too
CHANGING = ("consent", "forget")  # verbs that change the subject that is their input


class Broken(Exception):
    """Neither success nor one clear error."""


def warm_up(base: Path, folder: Path) -> None:
    """Import what the kinds need and start what stays, so that memory and time are those of the inputs."""
    place = SimpleNamespace(chance=Random(0), base=base, folder=folder)
    folder.mkdir()
    setting(place)
    call(place, ["transfer", *VERBS["transfer"].split()])
    shutil.rmtree(folder)


def setting(place: SimpleNamespace) -> None:
    """The sound files, links, a pipe and devices, where the verbs' words find them."""
    for path in place.base.iterdir():
        if path.is_dir() and path.name != "training":
            shutil.copytree(path, place.folder / path.name)
        elif path.is_file():
            shutil.copy2(path, place.folder / path.name)
    (place.folder / "link.mp4").unlink()
    os.link(place.folder / "clip.mp4", place.folder / "link.mp4")
    (place.folder / "sym.mp4").symlink_to("clip.mp4")
    os.mkfifo(place.folder / "fifo")
    for name, minor in (("zero", 5), ("full", 7)):
        with contextlib.suppress(PermissionError):  # only root may make devices
            os.mknod(place.folder / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))


def call(place: SimpleNamespace, words: list[str]) -> None:
    """Call a verb where the files lie; its refusal becomes a `MotionTransferError`.

    Raises:
        Broken: another end, a changed input, or something left after a refusal.
    """
    if not (place.folder / "clip.mp4").exists():
        shutil.copy(place.base / "clip.mp4", place.folder)
    before, errors, home = _listing(place.folder), io.StringIO(), Path.cwd()
    os.chdir(place.folder)
    try:
        with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
            try:
                code = main([*words, "--quiet"])
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
    finally:
        os.chdir(home)
    after, text = _listing(place.folder), errors.getvalue().strip()
    parts = [part for word in words for part in word.split("=", 1)]
    replaced = [value for flag, value in pairwise(parts) if flag in OUTPUTS and parts.count(value) == 1]
    changed = [name for name, state in before.items() if after.get(name) != state and name not in replaced]
    if words[0] in CHANGING and code == 0:
        changed = [name for name in changed if not name.startswith(("me/", "you/"))]
    if changed:
        raise Broken(f"{changed[0]} was changed by {words}")
    if left := [name for name in after if ".part" in name]:
        raise Broken(f"{left[0]} was left by {words}")
    if code == 2:
        lines = [line for line in text.splitlines() if not line.startswith("warning: ")]
        if "--debug" in words:  # the traceback was asked for
            lines = lines[-1:]
        if len(lines) != 1 or "Traceback" in lines[0]:
            raise Broken(f"{len(lines)} lines of error from {words}: {text[-200:]}")
        if made := [name for name in after if name not in before and not name.startswith(("batch", "new", "cache"))]:
            raise Broken(f"{made[0]} was left by {words}, which was refused: {lines[0]}")
        raise MotionTransferError(lines[0])
    if code not in (0, 1) or (code == 1 and not words[0].startswith(("batch", "verify"))):
        raise Broken(f"exit code {code} from {words}: {text[-200:]}")


@cache
def flags_of(verb: str) -> tuple[str, ...]:
    """The options of a verb, by its help."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
        main([verb, "--help"])
    return tuple(sorted(set(re.findall(r"--[a-z][a-z0-9.-]+", shown.getvalue())) - {"--help"}))


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of all files in a folder, at any depth."""
    found = {}
    for path in folder.rglob("*"):
        state = path.lstat()
        if not stat.S_ISDIR(state.st_mode):
            found[str(path.relative_to(folder))] = (state.st_size, state.st_mtime_ns)
    return found
