"""Bad input on the command line: one sentence on standard error, exit code 2, nothing half-written."""

import os
import re
import shutil
import signal
import time

import numpy as np
import pytest

from motion_transfer.cli import main
from motion_transfer.config import pipeline_to_toml
from motion_transfer.pose import PoseSequence, empty, save_poses
from tests.trained import drawing
from tests.video.clips import full_disk


def tree(folder):
    return {str(path.relative_to(folder)): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


@pytest.fixture
def place(place, dance):
    """The folder with more of a user's files in it, good and bad ones."""
    shutil.copytree(place / "me", place / "other")
    (place / "other" / "subject.json").write_text('{"format": 99}')
    shutil.copytree(place / "me", place / "half")
    (place / "half" / "generator.safetensors").unlink()
    save_poses(place / "nobody.npz", empty(45, dance.poses.size, dance.poses.fps))
    (place / "text.mp4").write_text("these are words")
    (place / "empty.mp4").write_bytes(b"")
    (place / "cut.mp4").write_bytes(dance.video.read_bytes()[: dance.video.stat().st_size // 2])
    (place / "folder").mkdir()
    (place / "bad.toml").write_text('[pose]\nsmoothng = "none"\n')
    np.savez(place / "other.npz", x=np.zeros(3))
    (place / "fine.toml").write_text("")
    (place / "key.pem").write_text("a key")
    (place / "report").mkdir()
    for link, file in {"pipeline.mp4": "fine.toml", "key.mp4": "key.pem", "report/result.mp4": "dance.npz"}.items():
        (place / link).hardlink_to(place / file)
    return place


RUN = "--subject me --out out.mp4 --poses dance.npz"
BAD = {
    "transfer missing.mp4 " + RUN: "VideoError: missing.mp4",
    "transfer text.mp4 " + RUN: "VideoError: text.mp4",
    "transfer empty.mp4 " + RUN: "VideoError: empty.mp4",
    "transfer cut.mp4 " + RUN: "VideoError: cut.mp4",
    "transfer folder " + RUN: "VideoError: folder",
    "transfer dance.mp4 --subject me --out dance.mp4": "OutputError: dance.mp4 is also the input",
    "transfer dance.mp4 --subject me --background me.mp4 --out me.mp4": "OutputError: me.mp4 is also the input",
    "transfer dance.mp4 --subject me --pipeline fine.toml --out pipeline.mp4": "OutputError: pipeline.mp4 is also the",
    "transfer dance.mp4 --subject me --sign-with key.pem --out key.mp4": "OutputError: key.mp4 is also the input",
    "synthesise dance.npz --subject me --sign-with key.pem --out key.mp4": "OutputError: key.mp4 is also the input",
    "pack me --sign-with key.pem --out key.pem": "OutputError: key.pem is also the input",
    "transfer dance.mp4 --person 99 " + RUN: "PoseError: there is no person 99 in dance.npz; only person 1 is.",
    "train me.mp4 --person 2 --out new --poses dance.npz": "PoseError: there is no person 2 in dance.npz; only person",
    "perform dance.mp4 --person me.mp4 --pipeline fine.toml --out pipeline.mp4": "OutputError: pipeline.mp4 is also",
    "evaluate me.mp4 --subject me --poses dance.npz --out report": "OutputError: report/result.mp4 is also the input",
    "transfer dance.mp4 --subject me --out me/out.mp4": "OutputError: me/out.mp4 lies in the subject",
    "transfer dance.mp4 --subject me --out /proc/out.mp4": "OutputError: /proc/out.mp4: its folder /proc takes",
    "transfer dance.mp4 --subject me --out=": "OutputError: . is a folder",
    "normalise dance.npz --subject me --out me/exemplars.npz": "OutputError: me/exemplars.npz ",
    "synthesise dance.npz --subject me --out me/out.mp4": "OutputError: me/out.mp4 lies in the subject",
    "check me.mp4 --out me/background.png": "OutputError: me/background.png lies in the subject",
    "draw dance.npz --out /dev/full": "OutputError: /dev/full is no regular file",
    "encode dance.mp4 --audio-from me.mp4 --out me.mp4": "OutputError: me.mp4 is also the input",
    "train me.mp4 --out me/inner": "OutputError: me",
    "pose dance.mp4 --out people --masks people": "OutputError: people is given for two results",
    "evaluate dance.mp4 --out text.mp4": "OutputError: text.mp4/evaluation.json: text.mp4 is a file",
    "evaluate dance.mp4 --device cuda:x": 'ConfigError: --device is "cuda:x"',
    "evaluate dance.mp4 --out me": "OutputError: me/evaluation.json lies in the subject",
    "evaluate dance.mp4 --out /proc/report": "OutputError: /proc/report: its folder /proc takes no files",
    "transfer dance.mp4 --subject me --out no/out.mp4": "OutputError: no/out.mp4: its folder no does not exist",
    "transfer dance.mp4 --subject me --out folder": "OutputError: folder is a folder",
    "transfer dance.mp4 --subject me --out out.txt": "OutputError: out.txt",
    "transfer dance.mp4 --subject nobody --out out.mp4": "SubjectError: nobody is no folder",
    "transfer dance.mp4 --subject folder --out out.mp4": "SubjectError: folder has no subject.json",
    "transfer dance.mp4 --subject other --out out.mp4": "SubjectError: other is a subject of format 99",
    "transfer dance.mp4 --subject half --out out.mp4": "SubjectError: half/generator.safetensors does not exist",
    "transfer dance.mp4 --subject me --out out.mp4 --poses other.npz": "PoseError: other.npz holds no poses",
    "transfer dance.mp4 --subject me --out out.mp4 --poses me.npz": "PoseError: me.npz has 24 frames",
    "transfer dance.mp4 --subject me --out out.mp4 --poses nobody.npz": "PoseError: ",
    "transfer dance.mp4 --subject me --out out.mp4 --pose.window 4": "ConfigError: --pose.window is 4",
    "transfer dance.mp4 --subject me --out out.mp4 --device gpu": 'ConfigError: --device is "gpu"',
    "transfer dance.mp4 --subject me --out out.mp4 --pipeline bad.toml": (
        'ConfigError: bad.toml: [pose] has no setting "smoothng"; did you mean "smoothing"?'
    ),
    "transfer dance.mp4 --start 8 " + RUN: "VideoError: dance.mp4 has no frames from 8 s",
    "train missing.mp4 --out new": "VideoError: missing.mp4",
    "train text.mp4 --out new": "VideoError: text.mp4",
    "train me.mp4 --out no/new": "OutputError: no/new: its folder no does not exist",
    "train me.mp4 --out me.mp4": "OutputError: me.mp4 is also the input",
    "train me.mp4 --out me": "SubjectError: me is a finished subject whose training/ folder is gone",
    "train me.mp4 --out new --poses dance.npz": "PoseError: dance.npz has 45 frames of 128 x 96 pixels",
    "train me.mp4 --out new --steps 0": "ConfigError: --steps is 0, but it should be greater than or equal to 1",
    "train me.mp4 --out new --steps -3": "ConfigError: --steps is -3, but it should be greater than or equal to 1",
    "train me.mp4 --out new --minutes nan": "ConfigError: --minutes is nan, but it should be less than or equal to",
    "train me.mp4 --out new --minutes inf": "ConfigError: --minutes is inf, but it should be less than or equal to",
    "transfer dance.mp4 --start inf " + RUN: "ConfigError: --start is inf, but it should be less than or equal to",
    "transfer dance.mp4 --scale nan " + RUN: "ConfigError: --normalise.scale is nan, but it should be ",
    "pose dance.mp4 --end -1": "ConfigError: --end is -1.0, but it should be greater than or equal to 0",
    "batch dance.mp4 --subject me --out new --workers 0": "ConfigError: --workers is 0, but it should be greater",
    "train me.mp4 --out new --pipeline defualt": (
        'ConfigError: there is no pipeline "defualt"; did you mean "default"?'
    ),
    "train me.mp4 --out new --train.learning-rate -1": "ConfigError: --train.learning-rate is -1.0",
    "mix me other --face me --clothes dance --out new": (
        "ConfigError: --clothes is dance; expected one of the two subjects, me or other."
    ),
    "mix me other --face me --clothes me --out new": "ConfigError: --face and --clothes are both me",
    "mix me other --face me --clothes other --out new --share 1.4": "ConfigError: --share is 1.4, but it",
    "mix me other --face me --clothes other --out new": "SubjectError: other is a subject of format 99",
    "mix me half --face half --clothes me --out new": "SubjectError: half/generator.safetensors does not exist",
    "mix me half --face me --clothes half --out folder/me": "SubjectError: half/generator.safetensors does not exist",
    "mix me half --face me --clothes half --out me": "OutputError: me ",
    "mix me half --face me --clothes half": "ConfigError: missing from motion-transfer mix: --out PATH",
    "probe missing.mp4": "VideoError: missing.mp4",
    "probe folder": "VideoError: folder",
    "pose text.mp4 --out out.npz": "VideoError: text.mp4",
    "pose dance.mp4 --out out.yaml": "PoseError: out.yaml: poses are saved as .npz",
    "pose dance.mp4 --preview out.gif": "OutputError: out.gif",
    "pose dance.mp4 --out no/out.npz": "OutputError: no/out.npz: its folder no does not exist",
    "normalise text.mp4 --subject me --out out.npz": "PoseError: text.mp4 is damaged or of another kind",
    "normalise dance.npz --subject me --out dance.npz": "OutputError: dance.npz is also the input",
    "normalise nobody.npz --subject me --out out.npz": "PoseError: ",
    "draw missing.npz --out out.mp4": "PoseError: missing.npz does not exist",
    "synthesise dance.npz --subject me --out out.mp4": "PoseError: dance.npz: poses in a frame of 128 x 96 pixels",
    "encode dance.mp4 --out dance.mp4": "OutputError: dance.mp4 is also the input",
    "encode me.mp4 --audio-from dance.mp4 --out dance.mp4": "OutputError: dance.mp4 is also the input",
    "draw dance.npz": "ConfigError: missing from motion-transfer draw: --out PATH. See `motion-transfer draw --help`.",
    "pose dance.mp4 --start x": "ConfigError: --start: ['x'] does not fit; expected --start SECONDS. See",
    "train me.mp4 --out new --model.size x": "ConfigError: --model.size: invalid literal for int() with base 10: 'x'",
    "train me.mp4 --out new --model.size": "ConfigError: missing value for argument '--model.size'",
    "normalise dance.npz --subject me --out x.npz --shift 1": "ConfigError: --shift: ['1'] does not fit; expected",
    "cache inf": "ConfigError: invalid choice 'inf' for argument 'action'. Expected one of ('info', 'clear'). See",
    "transfer dance.mp4 --subject me --out out.mp4 --pose.smoothng none": (
        "ConfigError: unrecognized options: --pose.smoothng, none; perhaps you meant: --pose.smoothing "
    ),
    "encode dance.mp4 --crf 3": "ConfigError: missing from motion-transfer encode: --out PATH; unrecognized options",
    "missing.mp4 --person me.mp4 --out out.mp4": "VideoError: missing.mp4",
    "dance.mp4 --person missing.mp4 --out out.mp4": "VideoError: missing.mp4",
    "dance.mp4 --person me --out out.mp4": "VideoError: me is a folder",
    "dance.mp4 --person me.mp4": "ConfigError: missing from motion-transfer perform: --out PATH",
    "--person me.mp4 dance.mp4 --out dance.mp4": "OutputError: dance.mp4 is also the input",
    "dance.mp4 --person me.mp4 --out out.mp4 --minutes -1": "ConfigError: --minutes is -1",
    "dance.mp4 --person me.mp4 --out out.mp4 --dancer tallest": "ConfigError: --dancer is 'tallest'",
    "dance.mp4 --person me.mp4 --out out.mp4 --subject me": "SubjectError: me holds training on other footage or poses",
    "dance.mp4 --person me.mp4 --out out.mp4 --subject folder/no/me": "OutputError: folder/no/me: its folder",
    "danse dance.mp4": 'ConfigError: there is no verb "danse"',
    "trian me.mp4": 'ConfigError: there is no verb "trian"; did you mean "train"?',
}


@pytest.mark.parametrize("line", BAD)
def test_bad_input_gives_one_sentence_and_changes_nothing(place, capfd, line):
    before = tree(place)
    assert main([*line.split(), *(["--quiet"] if "dan" in line else [])]) == 2
    said = capfd.readouterr()
    assert said.err.startswith(BAD[line])
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert tree(place) == before


def test_only_a_verbs_own_settings_become_options_and_control_characters_of_names_are_escaped(tmp_path, capfd):
    (tmp_path / "`pose`").mkdir()
    assert main(["probe", str(tmp_path / "`pose`" / "a\nb\x1b[2J.mp4")]) == 2
    assert capfd.readouterr().err == (
        f"VideoError: {tmp_path}/`pose`/a\\nb\\x1b[2J.mp4 does not exist; expected a video file.\n"
    )


def test_what_macos_puts_beside_files_is_no_dance(place, capfd):
    (place / "._dance.mp4").write_bytes(b"\0\5\x16\7")
    words = ["--subject", "nobody", "--out", "new"]
    assert main(["batch", "dance.mp4", "._dance.mp4", *words]) == 2
    said = capfd.readouterr().err
    assert re.fullmatch(r"ConfigError: the batch, line 1: .*nobody is no folder.* Nothing was started\.\n", said)
    assert "._dance" not in said
    assert main(["batch", "._dance.mp4", *words]) == 2
    assert capfd.readouterr().err.startswith("ConfigError: give one manifest (.csv, .jsonl, .parquet), or videos")


def test_the_home_of_a_user_who_is_not_there_is_a_name(place, capfd):
    assert main(["cache", "info", "--cache", "~nobody at all/x"]) == 0
    assert "~nobody at all/x: poses of 0 clips" in capfd.readouterr().out


NAME = "x" * 300


@pytest.mark.parametrize(
    "line",
    [
        f"cache info --cache {NAME}",
        f"transfer dance.mp4 {RUN} --background {NAME}",
        f"transfer {NAME} {RUN}",
        f"transfer dance.mp4 --subject {NAME} --out out.mp4",
        f"train me.mp4 --out new --pipeline {NAME}.toml",
        f"evaluate dance.mp4 --out {NAME}/{NAME}",
        f"batch jobs.csv --out {NAME}",
        f"draw {NAME} --out out.mp4",
        f"forget {NAME}",
        f"perform dance.mp4 --person me.mp4 --out out.mp4 --subject {NAME}",
    ],
)
def test_a_name_that_is_too_long_is_told(place, capfd, line):
    (place / "jobs.csv").write_text(f"source,subject,output,background\ndance.mp4,me,o.mp4,{NAME}\n")
    assert main(line.split()) == 2
    assert NAME in capfd.readouterr().err


def test_debug_shows_the_traceback_and_then_the_sentence(place, capfd):
    assert main(["probe", "missing.mp4", "--debug"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("Traceback")
    assert said.splitlines()[-1].startswith("VideoError: missing.mp4")


@pytest.mark.slow
def test_a_dance_in_which_nobody_is_found(place, empty_scene, command):
    """With the real detector in a process of its own, so that its native noise would be seen."""
    before = tree(place)
    done = command("transfer", empty_scene, "--subject", place / "me", "--out", place / "out.mp4", "--quiet")
    assert done.returncode == 2
    assert done.stderr.startswith("PoseError: no person found in any of 25 frames of ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert tree(place) == before


def test_without_permission_nothing_is_written(place, locked_folder, unprivileged, capfd):
    main(["draw", "dance.npz", "--out", "warm.mp4", "--quiet"])  # all that has to be imported is
    capfd.readouterr()
    with unprivileged():
        assert main(["draw", "/dev/null", "--out", str(locked_folder / "out.mp4")]) == 2
    assert capfd.readouterr().err == f"OutputError: {locked_folder}/out.mp4: no permission to write there. " + (
        "Choose another --out.\n"
    )
    assert os.listdir(locked_folder) == []


def test_a_full_disk_ends_training_with_one_sentence(place, capfd, tiny):
    (place / "plain.toml").write_text(pipeline_to_toml(drawing(tiny)), encoding="utf-8")
    line = ["train", "me.mp4", "--out", "new", "--poses", "me.npz", "--pipeline", "plain.toml", "--quiet"]
    assert main([*line, "--steps", "1"]) == 0
    checkpoint = place / "new" / "training" / "checkpoint.pt"
    whole = checkpoint.read_bytes()
    with full_disk(60_000):
        assert main([*line, "--steps", "3"]) == 2
    said = capfd.readouterr().err
    assert said.startswith("DiskFullError: new/training/checkpoint.pt: the disk is full")
    assert said.count("\n") == 1
    assert checkpoint.read_bytes() == whole
    assert not [path for path in place.rglob("*") if ".part" in path.name]


def wait_for(path, process, seconds=300):
    until = time.monotonic() + seconds
    while not path() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    assert process.poll() is None, process.communicate()


@pytest.mark.slow
def test_ctrl_c_in_training_saves_and_exits_with_130(place, start_command, tiny_toml):
    line = ["train", "me.mp4", "--out", "new", "--poses", "me.npz", "--pipeline", tiny_toml, "--minutes", "9"]
    process = start_command(*line, "--quiet")
    log = place / "new" / "training" / "log.jsonl"
    wait_for(log.exists, process)  # it is opened once the signals are taken care of
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
    assert (place / "new" / "training" / "checkpoint.pt").exists()
    assert not (place / "new" / "subject.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_termination_of_a_transfer_leave_nothing_behind(place, footage, start_command, number):
    long = place / "long.npz"
    xy, score = (np.tile(values.T, 200).T for values in (footage.poses.xy, footage.poses.score))
    save_poses(long, PoseSequence(xy, score, footage.poses.size, footage.poses.fps))
    before = tree(place)
    process = start_command("synthesise", "long.npz", "--subject", "me", "--out", "out.mp4", "--quiet")
    wait_for(lambda: [name for name in os.listdir(place) if ".part" in name], process)
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")
    assert tree(place) == before
