"""Inputs that loaders and verbs must refuse or survive: kinds, each tried with any number of seeds."""

import json
import shutil
import traceback
import warnings
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from random import Random
from types import SimpleNamespace

from benchmarks.robustness.calling import NAMES, VERBS, call, flags_of, setting
from benchmarks.robustness.mangling import NUMBERS, spoil, spoil_arrays, spoil_json, spoil_text
from benchmarks.robustness.sound_files import CONTAINERS, FPS, PICTURES, SIZE
from motion_transfer.batch import TrainingManifest, TransferManifest, check_manifest
from motion_transfer.batch.journal import open_journal
from motion_transfer.config import load_pipeline
from motion_transfer.errors import MotionTransferError
from motion_transfer.evaluation.metrics.lpips import Lpips
from motion_transfer.loading import Expected, read_image
from motion_transfer.marking.reading import verify
from motion_transfer.pose import load_poses
from motion_transfer.subject import build_generator, load_subject
from motion_transfer.training.run.run_dir import lock_run_dir, run_settings
from motion_transfer.training.state import read_checkpoint
from motion_transfer.video import VideoReader, probe
from motion_transfer.workflows.hand_on import unpack_subject
from motion_transfer.workflows.published_checkpoints import load_published


def spoilt(place: SimpleNamespace, name: str, spoiler: Callable[[bytes, Random], bytes] = spoil) -> Path:
    """A file of the base folder, spoilt, in the input's own folder."""
    out: Path = place.folder / name
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(spoiler((place.base / name).read_bytes(), place.chance))
    return out


def video(place: SimpleNamespace) -> None:
    path = spoilt(place, f"clip.{place.chance.choice(CONTAINERS)}")
    probe(path)
    with VideoReader(path) as reader:
        for _ in islice(reader, 60):
            pass


def sound(place: SimpleNamespace) -> None:
    path = spoilt(place, f"clip.{place.chance.choice(CONTAINERS[:8])}")
    call(place, ["encode", "clip.mp4", "--audio-from", path.name, "--out", "out.mp4"])


def poses_npz(place: SimpleNamespace) -> None:
    load_poses(spoilt(place, "poses.npz", spoil_arrays))


def poses_openpose(place: SimpleNamespace) -> None:
    shutil.copytree(place.base / "openpose", place.folder / "openpose")
    files = sorted(path.name for path in (place.base / "openpose").iterdir())
    chosen = spoilt(place, f"openpose/{place.chance.choice(files)}", spoil_json)
    if place.chance.random() < 0.1:
        chosen.rename(chosen.with_name(place.chance.choice(("._x.json", "x.json", "1_keypoints.json", "\udcff.json"))))
    load_poses(place.folder / "openpose", size=SIZE, fps=FPS)


def poses_list(place: SimpleNamespace) -> None:
    frames = [json.loads(path.read_bytes()) for path in sorted((place.base / "openpose").glob("*_keypoints.json"))]
    text = json.dumps([frame | {"canvas_width": SIZE[0], "canvas_height": SIZE[1]} for frame in frames]).encode()
    path = place.folder / "poses.json"
    path.write_bytes(spoil_json(text, place.chance))
    load_poses(path, size=SIZE, fps=FPS)


def poses_coco(place: SimpleNamespace) -> None:
    """Annotations with their images, or without as a list of results."""
    content = json.loads((place.base / "poses.coco.json").read_bytes())
    text = json.dumps(content if place.chance.random() < 0.5 else content["annotations"]).encode()
    path = place.folder / "poses.coco.json"
    path.write_bytes(spoil_json(text, place.chance))
    load_poses(path, size=SIZE, fps=FPS, format=place.chance.choice(("auto", "gaps")))


def poses_yaml(place: SimpleNamespace) -> None:
    shutil.copytree(place.base / "yaml", place.folder / "yaml")
    files = sorted(path.name for path in (place.base / "yaml").iterdir())
    chosen = spoilt(place, f"yaml/{place.chance.choice(files)}", spoil_text)
    if place.chance.random() < 0.1:
        chosen.unlink()
    load_poses(place.folder / "yaml", size=SIZE, fps=FPS)


def subject(place: SimpleNamespace) -> None:
    shutil.copytree(place.base / "me", place.folder / "me")
    names = [path.name for path in sorted((place.base / "me").iterdir()) if path.is_file()]
    name = place.chance.choice([*names, "subject.json", "generator.safetensors"])
    spoilt(place, f"me/{name}", _spoiler(name))
    load_subject(place.folder / "me")


def pipeline(place: SimpleNamespace) -> None:
    load_pipeline(str(spoilt(place, "tiny.toml", spoil_text)))


def manifest(place: SimpleNamespace) -> None:
    setting(place)
    name = place.chance.choice(("jobs", "subjects"))
    ending = place.chance.choice([p.suffix for p in place.base.glob("jobs.*")])
    path = spoilt(place, name + ending, spoil if ending == ".parquet" else spoil_text)
    check_manifest((TransferManifest if name == "jobs" else TrainingManifest)(path, place.folder / "batch"))


def journal(place: SimpleNamespace) -> None:
    with open_journal(spoilt(place, "results.jsonl", spoil_text)):
        pass


def run_json(place: SimpleNamespace) -> None:
    out = place.folder / "new"
    spoilt(SimpleNamespace(base=place.base, folder=out, chance=place.chance), "training/run.json", spoil_json)
    run = json.loads((place.base / "training" / "run.json").read_bytes())
    run_settings(out)
    with lock_run_dir(out, run):
        pass


def training(place: SimpleNamespace) -> None:
    read_checkpoint(spoilt(place, "training/checkpoint.pt"), peek=place.chance.random() < 0.5)


def checkpoint(place: SimpleNamespace) -> None:
    path = spoilt(place, place.chance.choice(("edn.pth", "old.pth", "edn.safetensors")))
    place.chance.choice((load_published, Lpips))(path)


def picture(place: SimpleNamespace) -> None:
    name = f"plate.{place.chance.choice(PICTURES)}"
    path = spoilt(place, name)
    if place.chance.random() < 0.5:
        read_image(path, Expected("a picture", MotionTransferError))
    else:  # as a person or a dance
        list(VideoReader(path))


def pack(place: SimpleNamespace) -> None:
    unpack_subject(spoilt(place, "me.zip"), place.folder / "new")


def base_weights(place: SimpleNamespace) -> None:
    path, tiny = spoilt(place, "base.safetensors"), load_pipeline(str(place.base / "tiny.toml"))
    build_generator(replace(tiny, model=replace(tiny.model, base=str(path))))


def marks(place: SimpleNamespace) -> None:
    """A signed video, or one with a sidecar, which alone may be spoilt."""
    name = place.chance.choice(("marked.mp4", "marked.mkv"))
    path = spoilt(place, name, (lambda data, _: data) if place.chance.random() < 0.3 else spoil)
    if name == "marked.mkv":
        spoilt(place, f"{name}.xmp", spoil_text)
    verify(path)


def arguments(place: SimpleNamespace) -> None:
    """A verb with hostile words."""
    setting(place)
    verb = place.chance.choice([name for name in VERBS if not name.startswith("batch")] * 3 + ["batch", "batch-train"])
    words = VERBS[verb].split()
    for _ in range(place.chance.choice((1, 1, 1, 2))):
        word = place.chance.choice((*NAMES, *NUMBERS)) if place.chance.random() < 0.7 else place.chance.choice(NUMBERS)
        values = [n for n in range(len(words)) if not words[n].startswith("-")] or range(len(words))
        if place.chance.random() < 0.5:
            words[place.chance.choice(values)] = word
        else:
            flag = place.chance.choice(flags_of(verb))
            words += [f"{flag}={word}"] if place.chance.random() < 0.5 else [flag, word]
    call(place, [verb, *words])


def settings(place: SimpleNamespace) -> None:
    """A verb with a setting of an extreme value that may be allowed: it must work, and soon."""
    setting(place)
    verb = place.chance.choice(("draw", "normalise", "encode", "synthesise", "transfer"))
    flags = [flag for flag in flags_of(verb) if "." in flag] or ["--encode.crf"]
    value = place.chance.choice((*NUMBERS, "1", "2", "100", "1000", "1e6"))
    call(place, [verb, *VERBS[verb].split(), f"{place.chance.choice(flags)}={value}"])


KINDS: dict[str, tuple[int, Callable[[SimpleNamespace], None]]] = {
    "video": (8, video),
    "sound": (2, sound),
    "poses.npz": (8, poses_npz),
    "poses.openpose": (8, poses_openpose),
    "poses.list": (6, poses_list),
    "poses.coco": (4, poses_coco),
    "poses.yaml": (4, poses_yaml),
    "subject": (10, subject),
    "pipeline": (8, pipeline),
    "manifest": (8, manifest),
    "journal": (4, journal),
    "run.json": (6, run_json),
    "training": (4, training),
    "checkpoint": (6, checkpoint),
    "picture": (5, picture),
    "pack": (4, pack),
    "base": (3, base_weights),
    "marks": (4, marks),
    "arguments": (9, arguments),
    "settings": (3, settings),
}
"""What is tried, and its share of all inputs."""


def attempt(kind: str, seed: int, base: Path, folder: Path) -> tuple[str, str]:
    """Try one input in a folder of its own.

    Returns:
        "refused", "accepted" or "failed"; and the first line of the error.
    """
    place = SimpleNamespace(chance=Random(f"{kind}:{seed}"), base=base, folder=folder)
    folder.mkdir()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", RuntimeWarning)  # NumPy's, which would stand beside the one sentence
            KINDS[kind][1](place)
    except MotionTransferError as error:
        return ("refused" if str(error).strip() else "failed"), _line(f"{type(error).__name__}: {error}")
    except BaseException as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/motion_transfer/" in frame.filename]
        where = f" ({'/'.join(Path(frames[-1].filename).parts[-2:])}:{frames[-1].lineno})" if frames else ""
        return "failed", _line(f"{type(error).__name__}: {error}") + where
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return "accepted", ""


def _spoiler(name: str) -> Callable[[bytes, Random], bytes]:
    return {".json": spoil_json, ".npz": spoil_arrays, ".toml": spoil_text}.get(Path(name).suffix, spoil)


def _line(text: str) -> str:
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode().partition("\n")[0][:300]
