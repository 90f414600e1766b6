"""A subject in one file is what was packed, or is refused; a subject that is forgotten is gone."""

import json
import os
import shutil
import zipfile

import numpy as np
import pytest

from motion_transfer.config import PoseSettings
from motion_transfer.errors import OutputError, SubjectError
from motion_transfer.marking.identity import SIGN_WITH
from motion_transfer.pose_cache import PoseCache, address_of
from motion_transfer.subject import load_subject
from motion_transfer.video import VideoReader
from motion_transfer.workflows.hand_on import check_pack, forget_subject, pack_subject, unpack_subject


@pytest.fixture
def packed(learned, tmp_path):
    pack_subject(learned[0], tmp_path / "me.zip")
    return tmp_path / "me.zip"


def rewritten(path, change):
    """The pack with other members: `change(name, content)` gives what is to be written, or None."""
    out = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(out, "w") as after:
        for member in before.infolist():
            content = change(member.filename, before.read(member))
            if content is not None:
                after.writestr(member.filename, content)
    return out


def added(path, member, content=b"x", **options):
    out = path.with_name("added.zip")
    shutil.copy(path, out)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(member, content, **options)
    return out


def refused(path, reason):
    with pytest.raises(SubjectError, match=reason):
        check_pack(path)
    with pytest.raises(SubjectError, match=reason):
        unpack_subject(path, path.with_name("taken-in"))
    assert [name for name in os.listdir(path.parent) if "taken-in" in name] == []


def test_a_pack_does_not_replace_the_file_that_signs_it(learned, tmp_path, monkeypatch):
    (tmp_path / "key.pem").write_bytes(b"a key")
    with pytest.raises(OutputError, match="is also the input"):
        pack_subject(learned[0], tmp_path / "key.pem", sign_with=tmp_path / "key.pem")
    monkeypatch.setenv(SIGN_WITH, str(tmp_path / "key.pem"))
    (tmp_path / "link.zip").symlink_to("key.pem")
    with pytest.raises(OutputError, match="is also the input"):
        pack_subject(learned[0], tmp_path / "link.zip")
    assert (tmp_path / "key.pem").read_bytes() == b"a key"


def test_what_is_unpacked_is_the_subject_that_was_packed(packed, learned, tmp_path):
    pack = unpack_subject(packed, tmp_path / "taken-in")
    assert pack.signer.known
    assert pack.title == "me"
    subject = load_subject(tmp_path / "taken-in")
    assert subject.sha256 == learned[1].sha256 == pack.files["subject.json"]
    assert np.array_equal(subject.background, learned[1].background)
    assert "training" not in os.listdir(tmp_path / "taken-in")
    assert check_pack(packed) == pack


def test_a_pack_names_no_folder_of_its_machine(packed, learned):
    assert str(learned[0].parent).encode() not in packed.read_bytes()


def test_a_pack_that_was_changed_is_refused(packed):
    refused(
        rewritten(packed, lambda name, data: data + b" " if name == "subject.json" else data), "was changed: subject"
    )
    refused(rewritten(packed, lambda name, data: data + b" " if name == "pack.json" else data), "not as it was signed")
    refused(rewritten(packed, lambda name, data: b"[]" if name == "signature.json" else data), "signature is damaged")
    refused(
        rewritten(packed, lambda name, data: None if name == "preview.png" else data), "does not hold what it lists"
    )
    refused(rewritten(packed, lambda name, data: None if name == "pack.json" else data), r"has no pack\.json")


def test_a_pack_with_other_members_is_refused(packed):
    for name in ("run.sh", "../me", "/etc/passwd", "training/run.json", "subject.json/"):
        refused(added(packed, name), "which no pack has")
    link = zipfile.ZipInfo("exemplars.npz")
    link.external_attr = 0o120777 << 16
    without = rewritten(packed, lambda name, data: None if name == "exemplars.npz" else data)
    refused(added(without, link, b"/etc/passwd"), "which is no plain file")
    refused(added(without, "exemplars.npz", b"\0" * 10**7, compress_type=zipfile.ZIP_DEFLATED), "packed or encrypted")
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = added(packed, "preview.png")
    refused(twice, "holds a file twice")


def test_what_is_no_pack_is_refused(packed, dance):
    for content in (b"", b"PK\3\4", packed.read_bytes()[:1000], packed.read_bytes()[:-30]):
        path = packed.with_name("broken.zip")
        path.write_bytes(content)
        refused(path, "is damaged or of another kind|which no pack has")
    refused(shutil.copy(dance.video, packed.with_name("video.zip")), "is damaged or of another kind")


def test_a_pack_without_a_signature_says_so(packed):
    pack = check_pack(rewritten(packed, lambda name, data: None if name == "signature.json" else data))
    assert pack.signer is None


def test_a_folder_that_is_there_is_not_replaced(packed, learned):
    with pytest.raises(OutputError):
        unpack_subject(packed, learned[0])


@pytest.fixture
def subject(learned, tmp_path):
    return shutil.copytree(learned[0], tmp_path / "me")


def test_a_forgotten_subject_is_gone_with_the_poses_of_its_footage(subject, footage, dance, tmp_path):
    cache = PoseCache(tmp_path / "cache")
    for clip in (footage, dance):
        cache.put(address_of(VideoReader(clip.video), PoseSettings(), "largest"), clip.poses, [])
    done = forget_subject(subject, cache)
    assert not subject.exists()
    assert {"subject.json", "exemplars.npz", "training", "preview.png"} <= set(done.removed)
    assert (done.poses, done.kept, done.footage) == (1, (), "me.mp4")
    assert cache.size()[0] == 1, "those of the dance stay"


def test_files_of_others_stay_and_are_named(subject, tmp_path):
    (subject / "letter.txt").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    shutil.move(subject / "training", tmp_path / "elsewhere" / "training")
    (subject / "training").symlink_to(tmp_path / "elsewhere" / "training")
    done = forget_subject(subject)
    assert os.listdir(subject) == ["letter.txt"]
    assert set(done.kept) == {subject / "letter.txt", tmp_path / "elsewhere" / "training"}


def test_an_unfinished_training_is_forgotten_too(subject):
    (subject / "subject.json").unlink()
    forget_subject(subject)
    assert not subject.exists()


def test_what_is_no_subject_is_not_touched(tmp_path):
    (tmp_path / "preview.png").write_bytes(b"mine")
    with pytest.raises(SubjectError, match=r"is no subject: it has neither subject\.json nor a training"):
        forget_subject(tmp_path)
    assert os.listdir(tmp_path) == ["preview.png"]


def test_the_verbs_show_pack_check_and_forget(subject, command, tmp_path):
    assert command("consent", subject, "Ada Doe, on film, 2026-01-31").returncode == 0
    shown = command("show", subject)
    assert "consent   Ada Doe, on film, 2026-01-31" in shown.stdout.splitlines()
    assert json.loads(command("show", subject, "--json").stdout)["consent"]["name"] == "Ada Doe"
    assert command("pack", subject, "--out", tmp_path / "me.zip").returncode == 0
    checked = command("verify", tmp_path / "me.zip")
    assert checked.returncode == 0
    assert "signed by motion_transfer, local certificate, a certificate that this machine signs with" in checked.stdout
    assert command("unpack", tmp_path / "me.zip", "--out", tmp_path / "again").returncode == 0
    gone = command("forget", subject)
    assert "not reached: the footage itself (me.mp4), subjects mixed of this one, videos made with it" in gone.stdout
    assert not subject.exists()
