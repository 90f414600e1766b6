"""The README's commands and snippets, each run in a folder with a dance and footage, on the smallest networks."""

import re
import shlex
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

import motion_transfer.cli.arguments
import motion_transfer.config
from motion_transfer.cli import main
from motion_transfer.training.loop import Clock

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands(block):
    """The lines of a console block that call motion-transfer, continued lines joined."""
    joined = block.replace("\\\n", " ")
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in joined.splitlines()]
    return [line for line in words if line and line[0] == "motion-transfer"]


@pytest.fixture
def folder(tmp_path, monkeypatch, footage, dance, learned, tiny, drawn_detector):
    """What the README presumes: me.mp4, dance.mp4; and every training ends after two steps."""
    from motion_transfer.video import VideoReader, VideoWriter

    shutil.copy(footage.video, tmp_path / "me.mp4")
    with (
        VideoReader(dance.video) as frames,
        VideoWriter(tmp_path / "dance.mp4", size=frames.size, fps=Fraction(2), audio_from=dance.video) as slow,
    ):  # long enough for `--start 12.5 --end 20`, and yet few frames
        pictures = list(frames)
        for frame in pictures[:20] * 2 + pictures[40:]:  # somebody is there all the time
            slow.write(frame)
    monkeypatch.chdir(tmp_path)
    real = motion_transfer.config.load_pipeline

    def smallest(name):
        return tiny if name == "default" else real(name)

    monkeypatch.setattr(motion_transfer.config, "load_pipeline", smallest)
    monkeypatch.setattr(motion_transfer.cli.arguments, "load_pipeline", smallest)
    monkeypatch.setattr(Clock, "finished", property(lambda clock: clock.state.step >= 2))
    return tmp_path


def place_subject(path, learned):
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(exist_ok=True)
    shutil.copytree(learned[0], path, ignore=shutil.ignore_patterns("training"))


def test_there_is_something_to_run():
    assert blocks("python")
    assert [line for block in blocks("console") for line in commands(block)]


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_a_python_snippet_runs(folder, learned, number):
    code = blocks("python")[number]
    if "train" not in code:
        place_subject(folder / "me", learned)
    exec(compile(code, f"README.md, python block {number + 1}", "exec"), {"__name__": "readme"})


@pytest.mark.parametrize("number", range(len(blocks("console"))))
def test_the_commands_of_a_console_block_run(folder, learned, number, capfd):
    for line in commands(blocks("console")[number]):
        subject = folder / "me"
        if line[1] == "train":
            shutil.rmtree(subject, ignore_errors=True)
        elif not subject.exists():
            place_subject(subject, learned)
        if "dance.npz" in line and not Path("dance.npz").exists():
            assert main(["pose", "dance.mp4", "--out", "dance.npz", "--quiet"]) == 0
        assert main([*line[1:], "--quiet"]) == 0, (shlex.join(line), capfd.readouterr().err)
