"""The record of a run, as somebody else may have left it."""

import json
import os

import pytest

from motion_transfer.errors import OutputError, SubjectError
from motion_transfer.training.run.log import LOG, open_log, read_log
from motion_transfer.training.run.plot import plot_losses
from motion_transfer.training.run.run_dir import lock_run_dir, run_settings

RUN = {"sha256": "a", "given_poses": None, "pipeline": {"train": {"steps": 3}}}

DAMAGED = ["", "{", "null", "[]", "3", "{}", '{"pipeline": null}', '{"pipeline": []}', '{"pipeline": {"train": 3}}']
DAMAGED += ["\xff", "[" * 100_000, f'{{"pipeline": {"9" * 5000}}}', '{"pipeline": {"train": {"steps": NaN}}}']


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:30])
def test_a_damaged_record_is_refused_by_its_name(tmp_path, text):
    marker = tmp_path / "me" / "training" / "run.json"
    marker.parent.mkdir(parents=True)
    marker.write_bytes(text.encode("latin-1"))
    for use in (lambda: lock_run_dir(tmp_path / "me", RUN).__enter__(), lambda: run_settings(tmp_path / "me")):
        with pytest.raises(SubjectError, match=r"run\.json .* expected the record of a training run\. Delete"):
            use()
    assert os.listdir(marker.parent) == ["run.json"]


@pytest.mark.parametrize(("before", "now"), [({}, {"person": "2"}), ({"person": "2"}, {}), ({"person": []}, {})])
def test_another_person_is_another_run(tmp_path, before, now):
    marker = tmp_path / "me" / "training" / "run.json"
    marker.parent.mkdir(parents=True)
    marker.write_text(json.dumps(RUN | before))
    with pytest.raises(SubjectError, match=r"another person \(`person` was "), lock_run_dir(tmp_path / "me", RUN | now):
        pass


@pytest.mark.parametrize("change", [{"sha256": 3}, {"given_poses": []}, {"pipeline": {"train": {"steps": 10**4000}}}])
def test_a_record_of_something_else_is_another_run(tmp_path, change):
    marker = tmp_path / "me" / "training" / "run.json"
    marker.parent.mkdir(parents=True)
    marker.write_text(json.dumps(RUN | change))
    with pytest.raises(SubjectError, match="holds training on other") as refusal, lock_run_dir(tmp_path / "me", RUN):
        pass
    assert len(str(refusal.value)) < 500


def test_a_name_that_no_file_system_takes_is_refused(tmp_path):
    with (
        pytest.raises(OutputError, match=r"cannot be written .File name too long"),
        lock_run_dir(tmp_path / ("x" * 300), RUN),
    ):
        pass


def test_lines_that_are_none_of_ours_are_left_out_of_the_log(tmp_path):
    ours = [{"step": step, "stage": "global", "l1": 0.5} for step in (1, 2)]
    foreign = ["null", "[]", "3", "{}", "{", '{"step": "1", "stage": "global"}', '{"step": -1, "stage": "global"}']
    foreign += ["[" * 100_000, "9" * 5000, '{"step": 1e999, "stage": "global"}', '{"step": 1, "stage": 3}', "\xff"]
    odd = ['{"step": 3, "stage": "global", "l1": NaN}', '{"step": 4, "stage": "global", "l1": "much", "feature": null}']
    lines = [json.dumps(ours[0]), *foreign, json.dumps(ours[1]), *odd]
    (tmp_path / LOG).write_bytes("\n".join(lines).encode("latin-1"))
    assert read_log(tmp_path)[:2] == ours
    assert plot_losses(tmp_path) is not None
    with open_log(tmp_path, 2, writes=True, tensorboard=False):
        pass
    assert read_log(tmp_path) == ours
