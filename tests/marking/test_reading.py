"""What can be read of a file's marks, and what each of them survives."""

import json
import os
import shutil
import subprocess
import sys

import c2pa
import pytest
from PIL import Image

from motion_transfer.errors import VideoError
from motion_transfer.marking.identity import load_identity
from motion_transfer.marking.reading import verify
from tests.conftest import environment
from tests.marking.conftest import STATEMENT


def flipped(path, where):
    """The file with one byte changed."""
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.m4v"])
def test_credentials_are_valid_in_c2pas_own_reader(write, name):
    with c2pa.Reader(str(write(name))) as reader:
        assert reader.get_validation_state() == "Valid"
        results = reader.get_validation_results()
        assert [each["code"] for each in results["activeManifest"]["failure"]] == ["signingCredential.untrusted"]
        manifest = reader.get_active_manifest()
    assert manifest["title"] == name
    assert [(each["title"], each["relationship"]) for each in manifest["ingredients"]] == [
        (STATEMENT.ingredients[0].title, "inputTo")
    ]


def test_a_long_video_is_signed_and_read_in_little_memory(write):
    """Its media data, the last box, is made longer by zeros."""
    path = write("out.mp4", credentials=False)
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") - 4
    data[start : start + 4] = (len(data) - start + 100_000_000).to_bytes(4, "big")
    path.write_bytes(data)
    os.truncate(path, len(data) + 100_000_000)
    script = f"""
import re
from pathlib import Path
from motion_transfer.marking.credentials import read_credentials, sign
from motion_transfer.marking.identity import find_identity
from motion_transfer.marking.statement import Statement

def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])

path = Path({str(path)!r})
identity, signed, before = find_identity(None), path.with_name("signed.mp4"), peak()
sign(path, signed, Statement(), identity, "out.mp4")
with signed.open("r+b") as file:
    assert not read_credentials(file).problems
    file.seek(-10_000_000, 2)
    file.write(bytes([1]))
    assert read_credentials(file).problems
assert peak() - before < 50_000
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.m4v", "out.mkv", "out.webm"])
def test_every_container_carries_the_statement(write, name):
    marks = verify(write(name))
    (claim,) = marks.claims
    assert (marks.sidecar is not None) == (name.endswith((".mkv", ".webm")))
    assert marks.unchanged
    assert claim.known
    assert claim.signer == "motion_transfer, local certificate"
    assert claim.source_types == (STATEMENT.source_type,)
    assert claim.ingredients == STATEMENT.ingredients
    assert claim.consent == STATEMENT.consent
    assert marks.tag == STATEMENT.comment


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv", "out.webm"])
@pytest.mark.parametrize("options", [("-c", "copy"), ("-crf", "40")])
def test_what_ffmpeg_writes_again_keeps_the_tag_alone(write, convert, name, options):
    marks = verify(convert(write(name), *options))
    assert (marks.credentials, marks.sidecar, marks.unchanged) == (None, None, None)
    assert marks.tag == STATEMENT.comment


def test_a_file_without_its_metadata_has_no_marks(write, convert):
    marks = verify(convert(write("out.mp4"), "-c", "copy", "-map_metadata", "-1"))
    assert (marks.claims, marks.tag) == ([], "")


def test_a_changed_byte_of_the_picture_is_noticed(write):
    path = write("out.mp4")
    marks = verify(flipped(path, path.read_bytes().rfind(b"mdat") + 100))
    assert marks.unchanged is False
    assert marks.credentials.problems == (
        "the content was changed after it was signed (assertion.bmffHash.mismatch at c2pa.hash.bmff.v3)",
    )


def test_a_changed_byte_of_the_claim_is_noticed(write):
    path = write("out.mp4")
    marks = verify(flipped(path, path.read_bytes().find(b"abab")))
    assert marks.unchanged is False
    assert "what is claimed was changed" in marks.credentials.problems[0]


def test_credentials_that_are_damaged_are_not_taken_for_none(write):
    path = write("out.mp4")
    marks = verify(flipped(path, path.read_bytes().find(b"jumb")))
    assert marks.unchanged is False
    assert marks.credentials.problems[0].startswith("they are damaged")


def test_a_sidecar_is_of_the_content_that_it_was_written_for(write):
    path = write("out.mkv")
    marks = verify(flipped(path, -100))
    assert marks.unchanged is False
    assert marks.sidecar.problems == ("it was written for other content",)


def test_a_sidecar_that_was_edited_is_not_as_it_was_signed(write):
    path = write("out.mkv")
    sidecar = path.with_name("out.mkv.xmp")
    sidecar.write_text(sidecar.read_text().replace("trainedAlgorithmicMedia", "digitalCapture"))
    marks = verify(path)
    assert marks.unchanged is False
    assert marks.sidecar.problems == ("the signature is not of this content",)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<a/>",
        b"\xff\xfe",
        b"<" * 1000,
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&b;</x:xmpmeta>",
    ],
)
def test_a_sidecar_that_is_none_counts_for_nothing(write, text):
    path = write("out.mkv")
    path.with_name("out.mkv.xmp").write_bytes(text)
    assert verify(path).sidecar is None


def test_an_unsigned_result_says_what_it_can(write, unsigned):
    film, matroska = verify(write("out.mp4", unsigned)), verify(write("out.mkv", unsigned))
    assert (film.credentials, film.unchanged, film.tag) == (None, None, STATEMENT.comment)
    assert (matroska.sidecar.signer, matroska.unchanged) == ("", None)
    assert matroska.sidecar.ingredients == STATEMENT.ingredients


def test_credentials_of_another_program_are_read(tmp_path, pem):
    camera = load_identity(pem(organisation="Camera Works"))
    picture, signed = tmp_path / "plain.png", tmp_path / "signed.png"
    Image.new("RGB", (8, 8)).save(picture)
    action = {
        "action": "c2pa.created",
        "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    }
    manifest = {
        "claim_generator_info": [{"name": "Camera", "version": "3"}],
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }
    key = c2pa.C2paSignerInfo(camera.algorithm, camera.certificates, camera.key, None)
    with c2pa.Signer.from_info(key) as signer:
        c2pa.Builder(manifest).sign_file(picture, signed, signer)
    assert verify(picture).claims == []
    marks = verify(signed)
    assert marks.unchanged
    assert marks.credentials.program == "Camera 3"
    assert (marks.credentials.signer, marks.credentials.known) == ("Camera Works", False)
    assert marks.tag == ""


def test_what_is_no_video_and_no_picture_is_refused(tmp_path):
    for name, content in {"junk.mp4": b"junk" * 100, "empty.mp4": b"", "cut.png": b"\x89PNG\r\n"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(VideoError, match="expected a video or a picture"):
            verify(tmp_path / name)
    for path in (tmp_path, tmp_path / "none.mp4"):
        with pytest.raises(VideoError):
            verify(path)


def test_a_file_in_which_ffmpeg_finds_nothing_for_long_is_given_up(tmp_path, monkeypatch):
    (tmp_path / "hole.gif").write_bytes(b"GIF89a" + bytes(20))
    os.truncate(tmp_path / "hole.gif", 4 * 10**9)
    monkeypatch.setattr("motion_transfer.marking.reading.PROBE_SECONDS", 0.5)
    with pytest.raises(VideoError, match="cannot be read"):
        verify(tmp_path / "hole.gif")


def test_an_ending_that_is_not_that_of_the_content_hides_nothing(write):
    path = write("out.mp4")
    renamed = path.with_name("out.bin")
    shutil.copy(path, renamed)
    assert verify(renamed).unchanged


def test_the_verb_tells_it_in_words_and_in_json(write, convert, command):
    path = write("out.mp4")
    done = command("verify", path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:2] == [f"{path}: unchanged since it was signed", "  Content Credentials"]
    result = json.loads(command("verify", path, "--json").stdout)
    assert (result["found"], result["unchanged"], result["credentials"]["known"]) == (True, True, True)
    bare = command("verify", convert(path, "-c", "copy", "-map_metadata", "-1"))
    assert bare.returncode == 1
    assert "has no marks. That says nothing of how it was made" in bare.stdout
    refused = command("verify", path.with_name("none.mp4"))
    assert refused.returncode == 2
    assert refused.stderr.startswith("VideoError: ")
