"""Where a batch may write to and read from: its folder, unless more is allowed, and no output over an input."""

import json
import os

import pytest

from motion_transfer.batch import BatchOptions, TransferManifest, check_manifest, cross
from motion_transfer.errors import ConfigError, OutputError
from tests.batch.manifest.written import manifest, problems, read

OUTSIDE = ("../x.mp4", "a/../../x.mp4", "/tmp/x.mp4", "file:///tmp/x.mp4", "s3://bucket/x.mp4")
LINKED = ("away/x.mp4", "loose.mp4")


@pytest.mark.parametrize("output", OUTSIDE + LINKED)
def test_an_output_stays_in_its_folder_unless_it_is_allowed_out(place, output):
    (place / "out").mkdir()
    (place / "out" / "away").symlink_to(place)
    (place / "out" / "loose.mp4").symlink_to(place / "a.mp4")
    path = manifest(place, f"source,subject,output\nb.mp4,me,{output}\n")
    assert "unless `allow_outside` is given" in problems(path)
    with pytest.raises(ConfigError, match="allow_outside"):
        read(path)
    assert len(read(path, BatchOptions(allow_outside=True))) == 1


@pytest.mark.parametrize("output", ["x.mp4", "./a/../x.mp4", "{out}/x.mp4", "file://{out}/x.mp4"])
def test_an_output_within_its_folder_may_be_written_in_any_way(place, output):
    path = manifest(place, f"source,subject,output\na.mp4,me,{output.format(out=place / 'out')}\n")
    (job,) = read(path)
    assert job.output == place / "out" / "x.mp4"


@pytest.mark.parametrize(
    "source", ["http://host/a.mp4", "HTTPS://host/a.mp4", "ftp://h/a.mp4", "simplecache::http://h/a"]
)
def test_servers_are_asked_only_if_that_is_allowed(place, source):
    path = manifest(place, f"source,subject\n{source},me\n")
    assert "only if `allow_web` is given" in problems(path)
    (job,) = read(path, BatchOptions(allow_web=True))
    assert job.source == source


@pytest.mark.parametrize("again", ["x.mp4", "./x.mp4", "b/../x.mp4", "file://{out}/x.mp4", "link/x.mp4"])
def test_one_output_by_two_names_is_found(place, again):
    (place / "out").mkdir()
    (place / "out" / "link").symlink_to(place / "out")
    path = manifest(place, f"source,subject,output\na.mp4,me,x.mp4\nb.mp4,me,{again.format(out=place / 'out')}\n")
    assert "the same as in line 2" in problems(path)


def test_an_output_that_is_an_input_of_any_line_is_found(place):
    (place / "out").mkdir()
    (place / "out" / "x.mp4").hardlink_to(place / "b.mp4")
    path = manifest(place, "source,subject,output\na.mp4,me,x.mp4\nb.mp4,me,y.mp4\n")
    assert "line 2: output is" in problems(path)
    assert "which is also an input" in problems(path)


@pytest.mark.parametrize("name", ["the manifest", "the file that signs", "a file of the subject"])
def test_an_output_that_is_another_file_of_the_batch_is_found(place, learned, name):
    (place / "out").mkdir()
    (place / "key.pem").touch()
    path = manifest(place, f"source,subject,output\na.mp4,{learned[0]},x.mp4\n")
    files = {"the manifest": path, "the file that signs": place / "key.pem"}
    (place / "out" / "x.mp4").hardlink_to(files.get(name, learned[0] / "background.png"))
    batch = TransferManifest(path, place / "out", BatchOptions(sign_with=str(place / "key.pem")))
    with pytest.raises(ConfigError, match="which is also an input"):
        check_manifest(batch)


@pytest.mark.parametrize("output", ["results.jsonl", "x.txt", "a/"])
def test_an_output_that_is_no_video_is_found_before_any_work(place, output):
    path = manifest(place, f"source,subject,output\na.mp4,me,{output}\n")
    assert "expected a video's name, with .mp4" in problems(path)


def test_a_source_that_is_no_file_is_told_as_what_it_is(place):
    os.mkfifo(place / "pipe")
    assert "(source) is a named pipe; expected a file" in problems(manifest(place, "source,subject\npipe,me\n"))


def test_the_results_neither_replace_the_manifest_nor_go_into_a_subject(place, learned):
    with pytest.raises(OutputError, match="is also the input"):
        check_manifest(TransferManifest(manifest(place, "{}", "results.jsonl"), place))
    with pytest.raises(OutputError, match="lies in the subject"):
        check_manifest(TransferManifest(manifest(place, "source,subject\na.mp4,me\n"), learned[0] / "out"))
    path = manifest(place, "source,subject,output\na.mp4,me,me/x.mp4\n")
    (place / "out").mkdir()
    with pytest.raises(ConfigError, match="lies in the subject"):
        check_manifest(TransferManifest(path, place, BatchOptions(allow_outside=True)))


@pytest.mark.parametrize(
    "name", ["{dance.stem}", "{0}", "{}", "{dance!r}", "{dance:>9}", "{", "{dance}{x}", "{dance[0]}"]
)
def test_a_template_has_two_fields_and_no_others(place, name):
    assert "expected a template of" in problems(manifest(place, "source,subject\na.mp4,me\n"), name=f"{name}.mp4")
    with pytest.raises(ConfigError, match="expected a template of"):
        list(cross([place / "a.mp4"], [place / "me"], place / "out", f"{name}.mp4"))


def test_names_that_no_file_can_have_are_told(place):
    path = manifest(place, json.dumps({"source": "a.mp4", "subject": "me", "output": "n" * 252 + ".mp4"}), "long.jsonl")
    assert "more than 255 bytes" in problems(path)
    path = manifest(place, json.dumps({"source": "a\0.mp4", "subject": "me"}), "zero.jsonl")
    assert "no zero byte" in problems(path)
