"""Mixed subjects: what they are made of, and what cannot be mixed."""

import shutil
from dataclasses import replace

import pytest

from motion_transfer.cli.verbs.subjects import show
from motion_transfer.errors import ConfigError, MotionTransferError, OutputError, SubjectError
from motion_transfer.marking.consent import describe_consent, parse_consent
from motion_transfer.pose_cache import fingerprint
from motion_transfer.subject import build_generator, load_subject, save_subject
from motion_transfer.workflows.mix import mix, mix_bodies
from motion_transfer.workflows.transfer import transfer
from tests.trained import drawing, tree


@pytest.fixture
def two(learned, tmp_path):
    """Two folders of subjects."""
    for name in ("one", "two"):
        shutil.copytree(learned[0], tmp_path / name, ignore=shutil.ignore_patterns("training"))
    return tmp_path / "one", tmp_path / "two"


def test_a_mix_is_a_subject_that_says_what_of(two, tmp_path, dance, capsys):
    one, other = two
    mixed = mix(one, other, tmp_path / "three", share=0.3)
    digest = fingerprint(one / "subject.json")
    assert mixed.record["mixed"] == {
        "face": {"name": "one", "sha256": digest},
        "clothes": {"name": "two", "sha256": digest},
        "share": 0.3,
    }
    assert "footage" not in mixed.record
    show([str(tmp_path / "three")])
    assert "face of one and clothes of two" in capsys.readouterr().out
    assert (tmp_path / "three" / "preview.png").read_bytes().startswith(b"\x89PNG")
    done = transfer(dance.video, tmp_path / "three", tmp_path / "out.mp4", poses=dance.poses)
    assert done.frames == 45
    assert done.size == mixed.size


def test_it_has_the_consent_of_both_or_none(two, tmp_path):
    def agree(folder, consent):
        subject = load_subject(folder)
        save_subject(folder, replace(subject, record=subject.record | {"consent": consent}))

    agree(two[0], parse_consent("Ada Doe, in writing, 2026-10-20"))
    agree(two[1], None)
    assert "consent" not in mix(*two, tmp_path / "of-one").record
    agree(two[1], parse_consent("Bo Roe, by voice, 2026-10-02"))
    record = mix(*two, tmp_path / "of-both").record
    assert describe_consent(record) == "Ada Doe; Bo Roe, in writing; by voice, 2026-10-20; 2026-10-02"


def test_lengths_lie_between_those_of_the_two(learned):
    body = learned[1].body
    tall = replace(body, bones={"legs": 0.6, "trunk": 0.4, "forearm": 0.2})
    small = replace(body, bones={"legs": 0.5, "trunk": 0.5, "hand": 0.05})
    assert mix_bodies(tall, small, 0.0) == replace(small, bones=small.bones | {"forearm": 0.2})
    assert mix_bodies(tall, small, 1.0).bones == {"legs": 0.6, "trunk": 0.4, "forearm": 0.2, "hand": 0.05}
    assert mix_bodies(tall, small, 0.3).bones["legs"] == pytest.approx(0.53)
    assert mix_bodies(tall, small, 0.3).close == small.close


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_outside_0_to_1_is_refused(two, tmp_path, share):
    before = tree(tmp_path)
    with pytest.raises(ConfigError, match=r"`share` is .*; expected a number from 0 to 1"):
        mix(*two, tmp_path / "three", share=share)
    assert tree(tmp_path) == before


def test_a_subject_without_exemplars_has_nothing_to_give(two, tmp_path, learned):
    one, other = two
    subject = learned[1]
    plain = drawing(subject.pipeline)
    save_subject(one, replace(subject, pipeline=plain, generator=build_generator(plain), exemplars=None))
    before = tree(tmp_path)
    for pair in ((one, other), (other, one)):
        with pytest.raises(SubjectError, match="one has no exemplars"):
            mix(*pair, tmp_path / "three")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["exemplars.npz", "subject.json", "generator.safetensors"])
def test_a_damaged_subject_leaves_nothing(two, tmp_path, name):
    (two[1] / name).write_bytes(b"damaged")
    before = tree(tmp_path)
    with pytest.raises(MotionTransferError, match=name):
        mix(*two, tmp_path / "three")
    assert tree(tmp_path) == before


def test_what_exists_is_not_replaced(two, tmp_path):
    for out in two:
        with pytest.raises(OutputError):
            mix(*two, out)
    (tmp_path / "three").mkdir()
    (tmp_path / "three" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"also holds notes\.txt"):
        mix(*two, tmp_path / "three")


def test_people_who_are_never_seen_from_the_same_side_cannot_be_mixed(two, tmp_path, learned):
    subject = learned[1]
    bank = subject.exemplars
    segments = bank.segments.at(slice(None))
    views = segments.views.copy()
    views[:, 7, 2:4] *= -1
    turned = replace(bank, segments=segments._replace(views=views))
    save_subject(two[0], replace(subject, exemplars=turned))
    with pytest.raises(SubjectError, match=r"one is never seen from a side from which .*two is"):
        mix(*two, tmp_path / "three")
    assert not (tmp_path / "three").exists()
