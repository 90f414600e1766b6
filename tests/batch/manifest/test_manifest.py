"""A manifest is checked completely, quickly, and every problem in it is listed."""

import json
import os
from pathlib import Path

import pytest

from motion_transfer.batch import BatchOptions, Job, TrainingJob, check_jobs, cross
from motion_transfer.batch.job import SUBJECT_FILES
from motion_transfer.config.options import TransferOptions
from motion_transfer.errors import ConfigError
from tests.batch.manifest.written import check, manifest, problems, read


def test_a_line_becomes_a_job_with_its_settings(place):
    path = manifest(
        place,
        "source,subject,output,start,end,person,side_by_side,fit,pose.smoothing,normalise.scale,encode.audio\n"
        "a.mp4,me,,,,,,,,,\n"
        "b.mp4,me,x/one.mp4,0.5,2,2,yes,smaller,none,1.1,none\n",
    )
    assert check(path) == 2
    plain, full = read(path)
    assert (plain.source, plain.subject, plain.line) == (place / "a.mp4", place / "me", 2)
    assert plain.output == place / "out" / "a-me.mp4"
    assert (plain.options, plain.settings) == (TransferOptions(), ())
    assert full.output == place / "out" / "x" / "one.mp4"
    assert full.options == TransferOptions("2", start=0.5, end=2.0, side_by_side=True, fit="smaller")
    assert full.settings == (("encode.audio", "none"), ("normalise.scale", 1.1), ("pose.smoothing", "none"))
    assert full.load_pipeline().pose.smoothing == "none"
    assert full.load_pipeline().model == plain.load_pipeline().model


def test_the_three_kinds_of_file_give_the_same_jobs(place):
    rows = [
        {"source": "a.mp4", "subject": "me", "start": 0.5, "pose.window": 5},
        {"source": "b.mp4", "subject": "me", "start": None, "pose.window": None},
    ]
    columns = list(rows[0])
    lines = [",".join("" if row[c] is None else str(row[c]) for c in columns) for row in rows]
    files = [
        manifest(place, "\n".join([",".join(columns), *lines])),
        manifest(place, "\n".join(json.dumps(row) for row in rows) + "\n\n", "jobs.jsonl"),
    ]
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        pass
    else:
        parquet.write_table(pyarrow.Table.from_pylist(rows), place / "jobs.parquet")
        files.append(place / "jobs.parquet")
    first, *others = (read(path) for path in files)
    assert all(jobs == first for jobs in others)
    assert [check(path) for path in files] == [2] * len(files)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_tables_as_spreadsheets_write_them_give_the_same_jobs(place, separator):
    text = "source,subject,start\na.mp4,me,0.5\n"
    plain = read(manifest(place, text))
    assert read(manifest(place, text.replace(",", separator))) == plain


def test_all_problems_are_listed_at_once_with_their_lines(place):
    path = manifest(
        place,
        "source,subject,output,start,end,person,pose.smoothing,pose.window\n"
        "a.mp4,me,one.mp4,,,,,\n"
        "a.mp4,me,./one.mp4,,,,,\n"
        "missing.mp4,stranger,two.mp4,,,,,\n"
        ",me,three.mp4,,,,,\n"
        "a.mp4,me,four.mp4,2,1,,,\n"
        "a.mp4,me,five.mp4,soon,,,,\n"
        "a.mp4,me,six.mp4,-1,,biggest,smooth,4\n"
        "a.mp4,me,seven.mp4,,,,,,more\n",
    )
    listed = problems(path).splitlines()
    assert listed[0] == f"{path}: 11 problems, nothing was started."
    expected = [
        (3, "the same as in line 2"), (4, "there is no file"), (4, "stranger is no folder"), (5, "source is missing"),
        (6, "end is 1, but start is 2"), (7, "start is 'soon'"), (8, "greater than or equal to 0"),
        (8, "person is 'biggest'"), (8, "pose.smoothing is 'smooth'"), (8, "a centred smoothing window is odd"),
        (9, "more cells than columns"),
    ]  # fmt: skip
    assert len(listed) == 1 + len(expected)
    for line, (number, text) in zip(listed[1:], expected, strict=True):
        assert line.startswith(f"  line {number}: ")
        assert text in line


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("sorce", 'there is no column "sorce"; did you mean "source"?'),
        ("smoothing", 'there is no column "smoothing"; did you mean "pose.smoothing"?'),
        ("pose.smothing", 'there is no column "pose.smothing"; did you mean "pose.smoothing"?'),
        ("ouput", 'there is no column "ouput"; did you mean "output"?'),
        *((own, "there is no column") for own in ("pose.workers", "train.steps", "model.size")),  # not a transfer's
        ("pose.window", "a centred smoothing window is odd"),
    ],
)
def test_a_column_that_is_none_or_does_not_go_with_others_is_told(place, column, problem):
    assert problem in problems(manifest(place, f"source,subject,{column}\na.mp4,me,4\n"))


def test_a_wrong_column_is_listed_once_and_hides_nothing(place):
    path = manifest(place, "source,subject,output,smoothing\n" + "a.mp4,me,x.mp4,none\n" * 3 + "no.mp4,me,y.mp4,\n")
    listed = problems(path).splitlines()
    assert listed[0].startswith(f"{path}: 4 problems")
    assert [line.split(":")[0] for line in listed[1:]] == ["  line 2", "  line 3", "  line 4", "  line 5"]
    assert "smoothing" in listed[1]
    assert "there is no file" in listed[4]
    with pytest.raises(ConfigError, match="line 2: there is no column"):
        read(path)


def test_what_is_no_manifest(place):
    assert "has no jobs" in problems(manifest(place, "source,subject\n"))
    assert "is .csv, .jsonl or .parquet" in problems(manifest(place, "", "jobs.txt"))
    assert "does not exist" in problems(place / "missing.csv")
    assert "line 1: no JSON" in problems(manifest(place, "{\n", "jobs.jsonl"))
    assert "line 1: no JSON object" in problems(manifest(place, "[]\n", "jobs.jsonl"))
    assert "expected a single value" in problems(manifest(place, '{"source": ["a"], "subject": "me"}', "jobs.jsonl"))
    assert "`name` is" in problems(manifest(place, "source,subject\na.mp4,me\n"), name="{person}.mp4")


def test_a_background_is_a_file_or_a_name(place):
    rows = ("one.mp4,b.mp4", "two.mp4,#20a040", "three.mov,transparent", "four.mp4,")
    path = manifest(place, "source,subject,output,background\n" + "".join(f"a.mp4,me,{row}\n" for row in rows))
    assert check(path) == 4
    jobs = read(path)
    assert [job.options.background for job in jobs] == [str(place / "b.mp4"), "#20a040", "transparent", "subject"]
    assert [job.divisible for job in jobs] == [True, True, False, True]
    path = manifest(place, "source,subject,background\na.mp4,me,beach.jpg\n")
    assert "line 2: background is beach.jpg, but there is no such file" in problems(path)


def test_addresses_are_not_looked_at_but_their_kind_is(place):
    path = manifest(place, "source,subject,output\nmemory://x/a.mp4,me,memory://x/b.mp4\n")
    anywhere = BatchOptions(allow_outside=True)
    assert check(path, anywhere) == 1
    (job,) = read(path, anywhere)
    assert (job.source, job.output, job.name) == ("memory://x/a.mp4", "memory://x/b.mp4", "b.mp4")
    assert "zz is fetched only if" in problems(manifest(place, "source,subject\nzz://x/a.mp4,me\n"))


def test_many_problems_are_counted(place):
    path = manifest(place, "source,subject\n" + "no.mp4,me\n" * 1000)
    listed = problems(path).splitlines()
    assert listed[0].startswith(f"{path}: 1999 problems")
    assert listed[-1] == "  and 1949 more"
    assert len(listed) == 52


def test_a_hundred_thousand_lines_are_checked(place):
    lines = (f"a.mp4,me,{number}.mp4,{number % 100 / 10},none\n" for number in range(100_000))
    path = manifest(place, "source,subject,output,start,pose.smoothing\n" + "".join(lines))
    assert check(path) == 100_000


def test_every_dance_with_every_subject(place, learned):
    (place / "you").symlink_to(learned[0])
    out = place / "out"
    jobs = list(cross([place / "a.mp4", place / "b.mp4"], [place / "me", place / "you"], out, "{subject}/{dance}.mp4"))
    assert [job.output.relative_to(out) for job in jobs] == [
        Path("me/a.mp4"), Path("you/a.mp4"), Path("me/b.mp4"), Path("you/b.mp4")
    ]  # fmt: skip
    assert check_jobs(jobs) == 4
    with pytest.raises(ConfigError, match="the same as in line 1"):
        check_jobs(cross([place / "a.mp4"], [place / "me", place / "you"], out, "{dance}.mp4"))


def test_a_fingerprint_changes_with_everything_that_matters(place):
    def fingerprint(**cells):
        row = {"source": "a.mp4", "subject": "me", "output": "x.mp4"} | cells
        path = manifest(place, json.dumps(row), "jobs.jsonl")
        (job,) = read(path)
        return job.fingerprint()

    usual = fingerprint()
    assert fingerprint() == usual
    assert fingerprint(output="y.mp4") == usual, "the place is not part of it"
    others = [{"source": "b.mp4"}, {"start": 0}, {"end": 1}, {"person": "left"}, {"side_by_side": True}]
    others += [{"pose.smoothing": "none"}, {"poses": "a.mp4"}]
    assert len({usual, *(fingerprint(**other) for other in others)}) == 1 + len(others)
    (place / "a.mp4").write_bytes(b"changed")
    assert fingerprint() != usual


def test_a_fingerprint_knows_all_files_of_a_subject(learned):
    files = {path.name for path in learned[0].iterdir() if path.is_file()}
    assert files - {"preview.png"} <= set(SUBJECT_FILES)


def test_a_fingerprint_does_not_look_at_folders_that_have_the_name_of_an_option(place, monkeypatch):
    """Backgrounds and pipelines are names first: "subject", "source", "default"."""
    (place / "elsewhere").mkdir()
    monkeypatch.chdir(place / "elsewhere")
    jobs = [
        Job(place / "a.mp4", place / "me", place / "x.mp4"),
        Job(place / "a.mp4", place / "me", place / "x.mp4", TransferOptions(background="source")),
        TrainingJob(place / "a.mp4", place / "you"),
    ]
    before = [job.fingerprint() for job in jobs]
    for name in ("subject", "source", "default"):
        Path(name).mkdir()
    assert [job.fingerprint() for job in jobs] == before


BROKEN = {
    "long.csv": b"source,subject\n" + b"a" * 2_000_000,
    "quote.csv": b'source,subject\n"' + b"a\n" * 900_000,
    "twice.csv": b"source,source,subject\na.mp4,b.mp4,me\n",
    "latin.csv": b"source,subject\n\xe9.mp4,me\n",
    "utf16.csv": "source,subject".encode("utf-16"),
    "long.jsonl": b'{"source": "' + b"a" * 3_000_000 + b'"}',
    "deep.jsonl": b"[" * 100_000,
    "number.jsonl": b'{"source": ' + b"1" * 5_000 + b"}",
    "nan.jsonl": b'{"source": NaN}',
    "latin.jsonl": b'{"source": "\xe9"}',
    "words.parquet": b"these are words",
    "PAR1.parquet": b"PAR1" + b"\xff" * 100 + b"PAR1",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_manifest_is_refused_by_name(place, name):
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    (place / name).write_bytes(BROKEN[name])
    assert str(place / name) in problems(place / name)


@pytest.mark.parametrize("name", ["pipe.csv", "pipe.jsonl", "pipe.parquet"])
def test_a_pipe_is_no_manifest(place, name):
    os.mkfifo(place / name)
    assert "is a named pipe" in problems(place / name)


def test_a_table_that_unpacks_to_gigabytes_is_refused(place):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    cells = pyarrow.array(["a" * 1_000_000] * 200)
    parquet.write_table(pyarrow.table({"source": cells, "subject": cells}), place / "one.parquet", use_dictionary=False)
    assert "a row group declares" in problems(place / "one.parquet")
    parquet.write_table(pyarrow.table({"source": cells, "subject": cells}), place / "same.parquet")
    assert (place / "same.parquet").stat().st_size < 2_000_000
    assert "rows take" in problems(place / "same.parquet")
