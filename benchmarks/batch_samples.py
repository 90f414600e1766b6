"""Many clips x 2 subjects in one command: the samples and rendered dances, a broken clip, one without a person.

    python -m benchmarks.batch_samples [--out out/batch-samples] [--workers 2] [--engine local|ray] [--again]

Cuts 6 short dances out of the samples and renders 17 more (once; they are kept), trains the second subject for a few
steps on the sample footage, and adds a cut-off file and an empty room: 25 clips, with both subjects 50 jobs, of which
46 can be done. Then it runs `motion-transfer batch` and checks what came out: every output has the dance's frames and
rate, its sound if it has some, and the subject's size; each third one has the bytes that `transfer` alone makes;
the two that cannot be done say why, with both subjects; and every clip was looked through for poses once. Exits with 1
where something is wrong.
"""

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from benchmarks.interruptions import finish, start
from motion_transfer.batch.journal import read_records
from motion_transfer.config import ModelSettings, Pipeline, TrainSettings, pipeline_to_toml
from motion_transfer.config.options import TransferOptions
from motion_transfer.pose_cache import PoseCache
from motion_transfer.subject import load_subject
from motion_transfer.video import VideoReader, VideoWriter, probe
from motion_transfer.workflows.transfer import transfer
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip, write
from samples.dancer.scene import SCENES

SAMPLES = Path("samples").absolute()
CUT, RENDERED = 6, 17
SECONDS = 2.0
CHOREOGRAPHIES = ("dance", "turns", "travel")
COMPARED = 3
"""Each so-manieth output is made by `transfer` too."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("out/batch-samples"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", choices=["local", "ray"], default="local")
    parser.add_argument("--again", action="store_true", help="forget the outputs and poses of an earlier run")
    parser.add_argument("--only-prepare", action="store_true", help="render and train, nothing else")
    options = parser.parse_args()
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // options.workers))  # as the workers have
    folder = options.out.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    dances = make_dances(folder)
    learn_second(folder)
    if options.only_prepare:
        return 0
    results = folder / f"results-{options.engine}"
    if options.again:
        shutil.rmtree(results, ignore_errors=True)
        shutil.rmtree(folder / "cache", ignore_errors=True)
    clips = [dance.name for dance in dances]
    clips[10:10] = ["broken.mp4", "nobody.mp4"]
    subjects = ["--subject", str(SAMPLES / "subjects" / "amara"), "--subject", "second"]
    words = f"--out {results} --workers {options.workers} --engine {options.engine} --device cpu --quiet".split()
    began = time.monotonic()
    command = start(folder, ["batch", *clips, *subjects, *words, "--cache", str(folder / "cache")])
    code = command.wait()
    seconds = time.monotonic() - began
    problems = [*check(folder, results, dances), *([f"exit code {code}"] if code != 1 else [])]
    outputs = len(list(results.glob("*.mp4")))
    records = list(read_records(results / "results.jsonl"))
    found = sum(record.get("extracted", False) for record in records)
    failures = {Path(record["output"]).name: record["error"] for record in records if record.get("error")}
    print(
        f"{options.engine}, {options.workers} workers: {outputs} outputs in {seconds:.0f} s, poses found {found} times "
        f"for {len(dances)} dances, {len(problems)} problems"
    )
    print(json.dumps(failures, indent=2))
    print("\n".join(problems))
    return 1 if problems else 0


def make_dances(folder: Path) -> list[Path]:
    """The 23 dances, a cut-off file broken.mp4 and an empty room nobody.mp4; what is there is left."""
    dances = []
    for number in range(CUT):
        sample, start = SAMPLES / ("dance.mp4", "truth.mp4", "footage.mp4")[number % 3], SECONDS * (number // 3)
        path = folder / f"{sample.stem}-{number // 3}.mp4"
        if not path.exists():
            cut(sample, start, path)
        dances.append(path)
    scenes, characters = sorted(SCENES), sorted(CHARACTERS)
    for number in range(RENDERED):
        who, scene = characters[number % len(characters)], scenes[number % len(scenes)]
        what = CHOREOGRAPHIES[number % len(CHOREOGRAPHIES)]
        size = ((256, 256), (256, 320), (320, 256))[number % 3]
        clip = Clip(who, what, scene, size, Fraction(10), SECONDS, seed=100 + number)
        path = folder / f"{number:02}-{who}-{what}.mp4"
        if not path.exists():
            write(clip, path)
        dances.append(path)
    (folder / "broken.mp4").write_bytes(dances[0].read_bytes()[:20_000])
    room = np.tile(np.linspace(90, 170, 256, dtype=np.uint8)[:, None, None], (1, 256, 3))
    if not (folder / "nobody.mp4").exists():
        with VideoWriter(folder / "nobody.mp4", size=(256, 256), fps=Fraction(10)) as video:
            for _ in range(20):
                video.write(room)
    return dances


def cut(sample: Path, start: float, out: Path) -> None:
    """A part of a sample with its sound, smaller, every second frame."""
    with VideoReader(sample, start=start, end=start + SECONDS, size=(256, 192)) as reader:
        video = VideoWriter(
            out, size=reader.size, fps=reader.fps / 2, audio_from=sample, audio_start=start, audio_end=start + SECONDS
        )
        with video:
            for frame in islice(reader, 0, None, 2):
                video.write(frame)


def learn_second(folder: Path) -> None:
    """A subject of a few steps, half as large as the sample's."""
    model = ModelSettings(size=96, width=8, downsamplings=2, blocks=2, discriminator_layers=2, discriminator_scales=1)
    tiny = Pipeline(model=model, train=TrainSettings(steps=60, minutes=0.0, vgg="none"))
    (folder / "tiny.toml").write_text(pipeline_to_toml(tiny), encoding="utf-8")
    if not (folder / "second" / "subject.json").exists():
        words = f"train {SAMPLES / 'footage.mp4'} --out second --poses {SAMPLES / 'footage.npz'} --pipeline tiny.toml"
        finish(start(folder, [*words.split(), "--device", "cpu", "--quiet", "--force"]))


def check(folder: Path, results: Path, dances: list[Path]) -> list[str]:
    """What is not as it should be."""
    problems: list[str] = []
    records = {r["output"]: r for r in read_records(results / "results.jsonl") if r["status"] != "started"}
    done = {output: r for output, r in records.items() if r["status"] == "done"}
    failed = [record for record in records.values() if record["status"] == "failed"]
    if len(done) != 2 * len(dances) or len(failed) != 4:
        problems.append(f"{len(done)} done, failed: {sorted(record['output'] for record in failed)}")
    for name, words in (("broken.mp4", "VideoError"), ("nobody.mp4", "no person")):
        reasons = [record["error"] for record in failed if Path(record["source"]).name == name]
        if len(reasons) != 2 or not all(words in reason for reason in reasons):
            problems.append(f"{name}: the reasons are {reasons}")
        looks = sum(bool(record["seconds"]) for record in failed if Path(record["source"]).name == name)
        if looks != 1:
            problems.append(f"{name}: looked through {looks} times")
    found: dict[str, int] = {}
    for record in done.values():
        found[record["source"]] = found.get(record["source"], 0) + record["extracted"]
    problems += [f"{source}: poses found {count} times" for source, count in found.items() if count != 1]
    subjects = {record["subject"]: load_subject(Path(record["subject"])) for record in done.values()}
    for number, (output, record) in enumerate(sorted(done.items())):
        source, made, subject = probe(Path(record["source"])), probe(Path(output)), subjects[record["subject"]]
        seen = (made.frames, made.fps, made.size, made.audio is not None)
        expected = (source.frames, source.fps, subject.size, source.audio is not None)
        if seen != expected:
            problems.append(f"{output}: {seen}, expected {expected}")
        if number % COMPARED == 0:
            alone = folder / "alone.mp4"
            transfer(
                Path(record["source"]),
                subject,
                alone,
                TransferOptions(device="cpu"),
                cache=PoseCache(folder / "cache"),
                pipeline=replace(subject.pipeline, pose=replace(subject.pipeline.pose, workers=1)),
            )
            if alone.read_bytes() != Path(output).read_bytes():
                problems.append(f"{output} is not what transfer makes")
    return problems


if __name__ == "__main__":
    sys.exit(main())
