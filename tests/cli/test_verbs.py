"""The verbs, from file to file."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from motion_transfer import subject
from motion_transfer.cli import main
from motion_transfer.config.options import TransferOptions
from motion_transfer.loading import parse_json
from motion_transfer.pose import clean_poses, load_poses, measure_body, normalise_poses, save_poses
from motion_transfer.subject import load_subject
from motion_transfer.video import probe
from motion_transfer.workflows.transfer import transfer
from tests.video.clips import frames_of


def told(capfd, line):
    """What a line that succeeds prints as JSON; it says nothing else."""
    assert main([*line.split(), "--json", "--quiet"]) == 0
    said = capfd.readouterr()
    assert said.err == ""
    return json.loads(said.out)


def test_probe_tells_what_a_video_is(place, capfd):
    facts = told(capfd, "probe dance.mp4")
    assert facts["size"] == [128, 96]
    assert facts["fps"] == "30000/1001"
    assert facts["frames"] == 45
    assert facts["audio"]["codec"] == "aac"
    assert main(["probe", "dance.mp4"]) == 0
    text = capfd.readouterr().out
    assert "30000/1001 (29.97" in text
    assert "128 x 96" in text


def test_check_tells_what_to_film_better(place, capfd):
    figures = told(capfd, "check me.mp4 --poses me.npz --out check.png")
    assert figures["grade"] == "usable"
    assert figures["frames_checked"] == 24
    assert {finding["about"] for finding in figures["findings"] if finding["grade"] == "warn"} >= {"length", "turning"}
    assert (place / "check.png").read_bytes().startswith(b"\x89PNG")
    assert main(["check", "me.mp4", "--poses", "me.npz", "--out", "check.jpg"]) == 2
    assert "ends in .png" in capfd.readouterr().err


def test_train_refuses_footage_that_cannot_do_unless_told_to(place, capfd, tiny_toml, footage):
    poses = footage.poses
    low = replace(poses, xy=poses.xy + np.array([0, 60], np.float32))  # the feet below the frame
    save_poses(place / "low.npz", low)
    line = ["train", "me.mp4", "--out", "new", "--poses", "low.npz", "--pipeline", str(tiny_toml), "--device", "cpu"]
    assert main([*line, "--quiet"]) == 2
    assert "The frame cuts off the feet in 100% of the frames." in capfd.readouterr().err
    assert (place / "new" / "footage-check.png").exists()
    assert main([*line, "--force"]) == 0
    said = capfd.readouterr()
    assert "STOP  framing" in said.err
    assert "footage-check.png shows more" in said.err
    assert main([*line, "--quiet"]) == 0  # what was accepted once is not asked again


def test_train_learns_a_subject(place, capfd, tiny_toml, learned):
    done = told(capfd, f"train me.mp4 --out new --poses me.npz --pipeline {tiny_toml} --device cpu")
    assert done["subject"] == "new"
    assert done["training"]["steps"] == 6
    assert done["held_out"]["frames"] == 2
    weights = "generator.safetensors"
    assert (place / "new" / weights).read_bytes() == (learned[0] / weights).read_bytes()


@pytest.mark.parametrize(
    ("words", "steps", "minutes"),
    [
        ("--steps 2", 2, 0.0),
        ("--steps 2 --minutes 5", 2, 5.0),
        ("--minutes 0", 0, 0.0),
        ("--train.steps 2", 2, 0.0),
        ("", 6, 0.0),
    ],
)
def test_bounds_on_the_command_line_replace_those_of_the_pipeline(place, capfd, tiny_toml, words, steps, minutes):
    done = told(capfd, f"train me.mp4 --out new --poses me.npz --pipeline {tiny_toml} {words}")
    train = load_subject(place / "new").pipeline.train
    assert done["training"]["steps"] == steps
    assert (train.steps, train.minutes) == (steps, minutes)


def test_single_settings_on_the_command_line_override_the_pipeline(place, capfd, tiny_toml):
    changed = "--steps 1 --model.width 8 --train.held-out 0.2 --pose.smoothing none"
    told(capfd, f"train me.mp4 --out new --poses me.npz --pipeline={tiny_toml} {changed}")
    pipeline = load_subject(place / "new").pipeline
    assert (pipeline.model.width, pipeline.model.blocks) == (8, 1)
    assert pipeline.train.held_out == 0.2
    assert pipeline.pose.smoothing == "none"


def test_train_tells_people_how_good_the_subject_became(place, capfd, tiny_toml):
    assert main(f"train me.mp4 --out new --poses me.npz --pipeline {tiny_toml} --steps 1".split()) == 0
    said = capfd.readouterr()
    for words in ("new: 1 steps in", "perceptual", "background alone", "candidates alone", "Training ", "preview.png"):
        assert words in said.out
    assert "training: 1/1" in said.err
    assert "preprocessing footage: 24/24" in said.err


def test_train_of_footage_whose_end_shows_nobody_still_ends_well(place, capfd, tiny_toml, footage):
    score = footage.poses.score.copy()
    score[18:] = 0
    save_poses(place / "gone.npz", replace(footage.poses, score=score))
    line = f"train me.mp4 --out new --poses gone.npz --pipeline {tiny_toml} --steps 1 --quiet"
    assert main(line.split()) == 0
    assert told(capfd, line + " ")["held_out"]["frames"] == 0


def test_transfer_transfers_a_dance(place, capfd):
    done = told(capfd, "transfer dance.mp4 --subject me --out out.mp4 --poses dance.npz")
    assert {key: done[key] for key in ("output", "frames", "fps", "size", "frames_without_person")} == {
        "output": "out.mp4",
        "frames": 45,
        "fps": "30000/1001",
        "size": [96, 160],
        "frames_without_person": 20,
    }
    assert probe(place / "out.mp4").frames == 45
    assert probe(place / "out.mp4").audio is not None


def test_transfer_finds_the_poses_itself(place, capfd, drawn_detector, dance, learned):
    told(capfd, "transfer dance.mp4 --subject me --out found.mp4 --no-credentials")
    unsigned = TransferOptions(credentials=False)  # no signature is made twice
    given = transfer(dance.video, learned[0], place / "given.mp4", unsigned, poses=dance.poses)
    assert (place / "found.mp4").read_bytes() == given.output.read_bytes()


def test_without_a_verb_a_dance_and_footage_give_a_result(place, capfd, drawn_detector, tiny_toml):
    line = f"dance.mp4 --person me.mp4 --out out.mp4 --pipeline {tiny_toml} --end 0.3 --device cpu"
    assert main(line.split()) == 0
    said = capfd.readouterr()
    assert said.out.startswith("out.mp4: 9 frames of 96 x 160 at 29.97 fps")
    assert said.out.endswith("motion-transfer transfer DANCE --subject me.subject --out OUT.mp4\n")
    assert "mind  length     The person is seen for 2 s." in said.err
    first = frames_of("out.mp4")
    again = told(capfd, f"perform {line} --person me.mp4")
    assert again["subject"] == "me.subject"
    assert np.array_equal(first, frames_of("out.mp4"))


def test_a_picture_tells_what_it_cannot_show(place, capfd, drawn_detector, picture, tiny_toml):
    line = f"train {picture.video} --out new --minutes 0 --pipeline {tiny_toml} --device cpu"
    assert main(line.split()) == 0
    said = capfd.readouterr()
    assert "mind  length     A picture shows the person once, from the " in said.err
    assert "mind  background " in said.err
    assert "the footage is too short to hold frames out, so nothing was measured" in said.out


def test_transfer_names_the_frames_without_a_dancer(place, capfd):
    line = "transfer dance.mp4 --subject me --out out.mp4 --poses dance.npz --side-by-side"
    assert main(line.split()) == 0
    said = capfd.readouterr()
    assert "out.mp4: 45 frames of 406 x 160 at 29.97" in said.out
    assert "no person was found in 20 frames; they show the background alone" in said.out
    assert "dancing: 45/45" in said.err


def test_the_subjects_settings_are_the_defaults_of_its_runs(place, capfd):
    path = place / "me" / "subject.json"
    description = json.loads(path.read_text())
    description["pipeline"]["encode"]["audio"] = "none"
    path.write_text(json.dumps(description))
    told(capfd, "transfer dance.mp4 --subject me --out silent.mp4 --poses dance.npz")
    assert probe(place / "silent.mp4").audio is None
    told(capfd, "transfer dance.mp4 --subject me --out loud.mp4 --poses dance.npz --encode.audio source")
    assert probe(place / "loud.mp4").audio is not None


def test_the_subjects_description_is_parsed_once(place, capfd, monkeypatch):
    parsed = []
    subject._parse_description.cache_clear()
    monkeypatch.setattr(subject, "parse_json", lambda *given: parsed.append(given) or parse_json(*given))
    told(capfd, "transfer dance.mp4 --subject me --out out.mp4 --poses dance.npz")
    assert len(parsed) == 1


def test_pose_writes_what_the_detector_found_and_a_preview(place, capfd, drawn_detector, dance):
    done = told(capfd, "pose dance.mp4 --out found.npz --preview preview.mp4")
    clip = {"frames": 45, "fps": "30000/1001", "size": [128, 96]}
    assert done == clip | {"frames_with_person": 25, "files": ["found.npz"]}
    found = load_poses(place / "found.npz")
    assert np.array_equal(found.xy, dance.poses.xy, equal_nan=True)
    assert found.fps == dance.poses.fps
    preview, source = frames_of(place / "preview.mp4"), frames_of(place / "dance.mp4")
    assert len(preview) == 45
    assert np.abs(preview[5].astype(int) - source[5]).mean() > 1.5 * np.abs(preview[30].astype(int) - source[30]).mean()
    assert probe(place / "preview.mp4").audio is not None


def test_pose_of_a_part(place, capfd, drawn_detector):
    assert told(capfd, "pose dance.mp4 --start 0.2 --end 0.6")["frames"] == 12


def test_normalise_cleans_and_moves_poses(place, capfd, dance, learned):
    done = told(capfd, "normalise dance.npz --subject me --out moved.npz")
    assert (done["output"], done["frames"]) == ("moved.npz", 45)
    target = learned[1]
    clean = clean_poses(dance.poses, target.pipeline.pose)
    expected = normalise_poses(clean, measure_body(clean), target.body, target.pipeline.normalise)
    assert np.array_equal(load_poses(place / "moved.npz").xy, expected.xy, equal_nan=True)
    assert load_poses(place / "moved.npz").size == (96, 160)


def test_a_figure_that_leaves_the_frame_is_told_and_fit_keeps_it_inside(place, capfd):
    with pytest.warns(UserWarning, match="`fit` smaller makes the person smaller; a transfer's `fit` extend makes"):
        told(capfd, "normalise dance.npz --subject me --out moved.npz")
    with pytest.warns(UserWarning, match="made 0"):
        told(capfd, "normalise dance.npz --subject me --out moved.npz --fit smaller")
    moved = load_poses(place / "moved.npz")
    assert np.nanmin(moved.xy[..., 0]) >= 0
    assert np.nanmax(moved.xy[..., 0]) <= 96
    with pytest.warns(UserWarning, match="made 0"):
        told(capfd, "transfer dance.mp4 --poses dance.npz --subject me --out a.mp4 --fit smaller")


def test_draw_shows_the_pose_images(place, capfd):
    assert told(capfd, "draw me.npz --out sticks.mp4") == {"output": "sticks.mp4", "frames": 24}
    frames = frames_of(place / "sticks.mp4")
    assert len(frames) == 24
    assert (np.stack(frames) > 240).mean() > 0.7
    assert min(frame.min() for frame in frames) < 120


def test_stage_by_stage_gives_the_same_pictures_as_transfer(place, capfd):
    """Each stage's file can be replaced by somebody else's."""
    told(capfd, "normalise dance.npz --subject me --out moved.npz")
    told(capfd, "synthesise moved.npz --subject me --out silent.mp4")
    assert told(capfd, "encode silent.mp4 --audio-from dance.mp4 --out staged.mp4")["frames"] == 45
    told(capfd, "transfer dance.mp4 --subject me --out whole.mp4 --poses dance.npz")
    assert probe(place / "silent.mp4").audio is None
    staged, whole = probe(place / "staged.mp4"), probe(place / "whole.mp4")
    assert (staged.frames, staged.fps, staged.size) == (whole.frames, whole.fps, whole.size)
    assert staged.audio.codec == whole.audio.codec
    for one, other in zip(frames_of(place / "silent.mp4"), frames_of(place / "whole.mp4"), strict=True):
        assert np.array_equal(one, other)


def test_encode_keeps_the_videos_own_sound_and_takes_settings(place, capfd):
    told(capfd, "encode dance.mp4 --out small.mp4 --encode.quality 40")
    small, source = probe(place / "small.mp4"), probe(place / "dance.mp4")
    assert (small.frames, small.fps, small.audio.codec) == (source.frames, source.fps, "aac")
    assert (place / "small.mp4").stat().st_size < (place / "dance.mp4").stat().st_size


def test_mix_makes_a_subject_of_two_named_by_their_path_or_their_folder(place, capfd):
    shutil.copytree("me", "people/you")
    done = told(capfd, "mix me people/you --face you --clothes ./me --out three --share 0.3")
    assert [done["mixed"][part]["name"] for part in ("face", "clothes")] == ["you", "me"]
    assert done["mixed"]["share"] == 0.3
    assert done["exemplars"] == len(load_subject("three").exemplars)
