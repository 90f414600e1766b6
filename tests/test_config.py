"""Settings: one definition, read back as it was written from anywhere."""

import json
import math
import os
from dataclasses import fields, replace
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_transfer.batch import BatchOptions
from motion_transfer.batch.job import TrainingJob
from motion_transfer.config import (
    FaceStageSettings,
    LocalStageSettings,
    ModelSettings,
    Pipeline,
    PoseSettings,
    TrainSettings,
    load_pipeline,
    pipeline_from_dict,
    pipeline_names,
    pipeline_to_dict,
    pipeline_to_toml,
    share_bounds,
    stages,
)
from motion_transfer.config.options import TrainOptions, TransferOptions
from motion_transfer.errors import ConfigError


def values_of(annotation):
    """Everything that a setting declared like this may be."""
    base, *metadata = get_args(annotation) if hasattr(annotation, "__metadata__") else (annotation,)
    bounds = {}
    for constraint in (inner for field in metadata for inner in field.metadata):
        for name in ("ge", "gt", "le", "lt"):
            if hasattr(constraint, name):
                bounds[name] = getattr(constraint, name)
    if get_origin(base) is Literal:
        return st.sampled_from(get_args(base))
    if base is bool:
        return st.booleans()
    if base is str:
        return st.text()
    low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le")
    if base is int:
        return st.integers(low, high)
    return st.floats(low, high, exclude_min="gt" in bounds, allow_nan=False, allow_infinity=False)


def stage_strategy(kind):
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{field.name: values_of(hints[field.name]) for field in fields(kind)})


def workable(model):
    """The same sizes, as far as they can work together."""
    least, most = {"compositor": (1, 8), "global": (1, 5), "local": (1, 4), "unet": (2, 8)}[model.network]
    sides = {"width": max(model.width // 4 * 4, 4), "face_size": model.face_size // 16 * 16}
    model = replace(model, downsamplings=min(max(model.downsamplings, least), most), **sides)
    if model.network == "compositor":
        return replace(model, exemplars=max(model.exemplars, 1), composite=True, face=False, hands=False)
    return replace(model, exemplars=0)


def pipelines():
    stages = {name: stage_strategy(kind) for name, kind in get_type_hints(Pipeline).items()}
    stages["pose"] = stages["pose"].map(lambda pose: replace(pose, window=pose.window // 2 * 2 + 1))
    stages["train"] = stages["train"].filter(lambda train: train.bounded)
    stages["model"] = stages["model"].map(workable)
    return st.fixed_dictionaries(stages).map(lambda found: Pipeline(**found))


@settings(max_examples=60)
@given(pipelines())
def test_every_pipeline_survives_toml_and_json(pipeline):
    import tomllib

    assert pipeline_from_dict(tomllib.loads(pipeline_to_toml(pipeline)), where="t") == pipeline
    assert pipeline_from_dict(json.loads(json.dumps(pipeline_to_dict(pipeline))), where="j") == pipeline


def test_a_pipeline_file_needs_to_name_only_what_differs(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[pose]\nsmoothing = "none"\n[train]\nminutes = 5\n', encoding="utf-8")
    mine = load_pipeline(str(path))
    assert mine.pose == PoseSettings(smoothing="none")
    assert mine.train.minutes == 5
    assert mine.model == ModelSettings()


def test_pipelines_that_come_with_the_package_are_called_by_name():
    assert "default" in pipeline_names()
    for name in pipeline_names():
        load_pipeline(name)


REFUSED = {
    "[poze]\nwindow = 3\n": 'there is no stage "poze"; did you mean "pose"?',
    '[pose]\nsmoothng = "none"\n': r'\[pose\] has no setting "smoothng"; did you mean "smoothing"\?',
    "[pose]\nqqqqqq = 1\n": r'\[pose\] has no setting "qqqqqq"\.',
    "pose = 3\n": "pose is a single value; expected a table",
    "[pose]\nwindow = 4\n": "pose.window is 4; a centred smoothing window is odd. Try 5",
    '[pose]\nwindow = "7"\n': "pose.window is '7', but it should be a valid integer",
    "[pose]\nwindow = 7.0\n": "pose.window is 7.0, but it should be a valid integer",
    "[train]\nsteps = true\n": "train.steps is True, but it should be a valid integer",
    "[train]\nsteps = -1\n": "train.steps is -1, but it should be greater than or equal to 0",
    "[train]\nheld_out = 0.9\n": "train.held_out is 0.9, but it should be less than or equal to 0.5",
    "[train]\nlearning_rate = 0\n": "train.learning_rate is 0, but it should be greater than 0",
    '[model]\nnetwork = "global"\nexemplars = 0\n[train]\nminutes = 0\n': "training would never end",
    "[train]\nlearning_rate = inf\n": "train.learning_rate is inf, but it should be less than or equal to 1",
    "[train]\nunroll = 0\n": "train.unroll is 0, but it should be greater than or equal to 1",
    "[train_local]\nepohcs = 3\n": r'\[train_local\] has no setting "epohcs"; did you mean "epochs"',
    "[train]\nl1_weight = nan\n": "train.l1_weight is nan, but it should be less than or equal to 10000",
    "[pose]\nmax_gap = 1e308\n": r"pose.max_gap is 1e\+308, but it should be less than or equal to 60",
    "[draw]\njoint_radius = 1e9\n": "draw.joint_radius is 1000000000.0, but it should be less than or equal to 540",
    f"[train]\nseed = 0x1{'0' * 6000}\n": "train.seed is int too large to be shown, but it should be less",
    "[model]\nwidth = 6\n": "model.width is 6; that of a compositor is a multiple of 4",
    "[model]\nface = true\n": "lays exemplars over the background and refines no parts. Give `model.exemplars` of",
    "[model]\nexemplars = 0\n": "lays exemplars over the background and refines no parts. Give `model.exemplars` of",
    '[model]\nnetwork = "unet"\n': "model.exemplars is 192, but model.network 'unet' draws from the pose alone",
    f"a = {'9' * 5000}\n": "is not valid TOML",
    f"a = {'[' * 100_000}": "is nested too deeply|is not valid TOML",
    '[encode]\ncodec = "divx"\n': "encode.codec is 'divx', but it should be 'h264', 'h265', 'av1' or 'vp9'",
    "[pose\n": "is not valid TOML",
    "\xff": "is not UTF-8 text",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_a_bad_pipeline_file_is_refused_with_its_name_and_the_reason(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=REFUSED[text]) as refusal:
        load_pipeline(str(path))
    assert "mine.toml" in str(refusal.value)


def test_a_missing_pipeline_file_and_an_unknown_name_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.toml does not exist; expected a pipeline"):
        load_pipeline(str(tmp_path / "gone.toml"))
    with pytest.raises(ConfigError, match='there is no pipeline "defualt"; did you mean "default"'):
        load_pipeline("defualt")


def test_a_pipe_and_a_device_are_no_pipeline(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    for name, kind in (("pipe.toml", "a named pipe"), ("zero.toml", "a device")):
        with pytest.raises(ConfigError, match=f"{name} is {kind}; expected a pipeline"):
            load_pipeline(str(tmp_path / name))


STAGES = list(get_type_hints(Pipeline).values())


@pytest.mark.parametrize("declared", [*STAGES, TrainOptions, TransferOptions, BatchOptions, TrainingJob])
def test_every_number_has_both_bounds(declared):
    for name, hint in get_type_hints(declared, include_extras=True).items():
        values = next((each for each in get_args(hint) if hasattr(each, "__metadata__")), hint)
        if (get_args(values) or [values])[0] in (int, float) and name != "line":  # the line is not the user's
            limits = [limit for each in values.__metadata__ for limit in each.metadata]
            assert any(hasattr(limit, "ge") or hasattr(limit, "gt") for limit in limits), name
            assert any(hasattr(limit, "le") or hasattr(limit, "lt") for limit in limits), name


@pytest.mark.parametrize("stage", [each.name for each in fields(Pipeline)])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400, -(10**400), None, [], {}])
def test_no_setting_takes_what_is_no_number_of_its_range(stage, value):
    for setting in fields(getattr(Pipeline(), stage)):
        with pytest.raises(ConfigError, match=rf"{stage}\.{setting.name} is "):
            pipeline_from_dict({stage: {setting.name: value}}, where="t")


@pytest.mark.parametrize("value", [-3, math.nan, math.inf, 10**400, "1", True])
def test_options_made_in_python_are_checked_too(value):
    for make in (TransferOptions, BatchOptions):
        for name in {"start", "end", "workers", "together", "timeout", "chunk", "gpus"} & get_type_hints(make).keys():
            with pytest.raises(ConfigError, match=f"`{name}` is "):
                make(**{name: value})


def test_settings_made_in_python_are_checked_like_those_from_files():
    with pytest.raises(ConfigError, match=r"model\.size is 32, but it should be greater than or equal to 64"):
        Pipeline(model=ModelSettings(size=32))
    with pytest.raises(ConfigError, match=r"train\.ema is nan"):
        Pipeline(train=TrainSettings(ema=math.nan))


def test_every_setting_explains_itself():
    source = stages.__file__
    with open(source, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for stage in get_type_hints(Pipeline).values():
        for field in fields(stage):
            place = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{field.name}:"))
            assert lines[place + 1].strip().startswith('"""'), f"{stage.__name__}.{field.name} has no help"


@pytest.mark.parametrize(
    ("network", "downsamplings", "width", "says"),
    [
        ("global", 6, 8, '"global" can halve the resolution 1 to 5 times'),
        ("local", 5, 8, '"local" can halve the resolution 1 to 4 times'),
        ("unet", 1, 8, '"unet" can halve the resolution 2 to 8 times'),
        ("local", 2, 7, r"model.width is 7, .* Try 8"),
    ],
)
def test_sizes_that_do_not_go_with_the_network_are_refused(network, downsamplings, width, says):
    with pytest.raises(ConfigError, match=says):
        Pipeline(model=ModelSettings(network=network, downsamplings=downsamplings, width=width))


def bounds(pipeline, kind):
    return [getattr(getattr(pipeline, stage), kind) for stage in ("train", "train_local", "train_face")]


def test_one_stage_gets_all_of_it():
    assert bounds(share_bounds(Pipeline(), None, 60.0), "minutes") == [60, 0, 0]
    assert bounds(share_bounds(Pipeline(), 500, None), "steps") == [500, 0, 0]
    assert share_bounds(Pipeline(), 500, None).train.minutes == 0
    assert share_bounds(Pipeline(), None, None) == Pipeline()


def test_stages_share_it_in_the_proportion_of_their_own_bounds():
    assert bounds(share_bounds(load_pipeline("edn-small"), None, 120.0), "minutes") == pytest.approx([40, 60, 20])
    by_epochs = share_bounds(load_pipeline("edn"), None, 80.0)
    assert bounds(by_epochs, "minutes") == pytest.approx([10, 60, 10])
    assert bounds(by_epochs, "epochs") == [0, 0, 0]


def test_stages_with_bounds_of_different_kinds_share_it_equally():
    mixed = Pipeline(train=TrainSettings(minutes=5.0), train_local=LocalStageSettings(epochs=30.0))
    assert bounds(share_bounds(mixed, None, 20.0), "minutes") == [10, 10, 0]


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6))
def test_no_stage_is_left_without_a_step(steps, first, last):
    pipeline = replace(
        Pipeline(train=TrainSettings(steps=first, minutes=0.0)), train_face=FaceStageSettings(steps=last)
    )
    shared = share_bounds(pipeline, steps, None)
    assert shared.train.steps >= 1
    assert shared.train_face.steps >= 1
    assert abs(shared.train.steps + shared.train_face.steps - steps) <= 1
