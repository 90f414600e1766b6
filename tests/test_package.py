"""What importing costs, and what the package promises to hold."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import is_dataclass
from importlib.resources import files
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

import pytest
import torch

import motion_transfer
from motion_transfer import errors
from motion_transfer.config import Pipeline, load_pipeline

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HEAVY = {"torch", "mediapipe", "cv2", "numpy", "scipy", "kornia", "pydantic", "tyro", "rich", "ffmpeg"}


def fresh(code):
    """What a new Python prints for some code, as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    return json.loads(done.stdout.splitlines()[-1])


LOADED = "import sys, json; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"


@pytest.mark.parametrize("code", ["import motion_transfer", "from motion_transfer.cli import main; main(['--help'])"])
def test_importing_the_package_and_its_help_cost_nothing(code):
    assert not HEAVY & set(fresh(f"{code}; {LOADED}"))


def test_threads_wait_passively_for_library_callers_too_unless_they_chose_otherwise(monkeypatch):
    code = "import motion_transfer, os, json; print(json.dumps(os.environ['OMP_WAIT_POLICY']))"
    monkeypatch.delenv("OMP_WAIT_POLICY")
    assert fresh(code) == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    assert fresh(code) == "ACTIVE"


@pytest.mark.parametrize("stage", ["video", "pose", "config", "files"])
def test_video_and_poses_need_no_networks_and_no_detector(stage):
    assert not {"torch", "kornia", "mediapipe"} & set(fresh(f"import motion_transfer.{stage}; {LOADED}"))


@pytest.mark.parametrize(
    "verb", ["train", "transfer", "probe", "pose", "normalise", "draw", "synthesise", "encode", "batch"]
)
def test_a_verbs_help_needs_neither_torch_nor_mediapipe(verb):
    code = f"""
from motion_transfer.cli import main
try:
    main(['{verb}', '--help'])
except SystemExit as end:
    assert end.code == 0
{LOADED}"""
    assert not {"torch", "mediapipe", "kornia"} & set(fresh(code))


def test_an_unknown_public_name_is_no_attribute():
    with pytest.raises(AttributeError, match="has no attribute 'dance_transfer'"):
        _ = motion_transfer.dance_transfer


def test_type_checkers_see_the_same_names():
    stub = Path(motion_transfer.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    assert sorted(line.split(" as ")[1] for line in stub.splitlines()) == motion_transfer.__all__


def test_the_default_pipeline_file_says_what_the_code_says():
    assert load_pipeline("default") == Pipeline()
    tables = tomllib.loads((ROOT / "pipelines" / "default.toml").read_text(encoding="utf-8"))
    from motion_transfer.config import pipeline_to_dict

    assert tables == pipeline_to_dict(Pipeline()), "the file names every setting, as a recipe to start from"


def test_the_version_is_one_and_the_same(command):
    done = command("--version")
    assert done.stdout == f"motion-transfer {motion_transfer.__version__}\n"


def test_the_package_is_marked_as_typed_for_type_checkers():
    assert (files("motion_transfer") / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_every_imported_distribution_is_declared():
    declared = {re.split(r"[^\w-]", line)[0].replace("-", "_").lower() for line in PROJECT["dependencies"]}
    declared |= {re.split(r"[^\w-]", line)[0] for extra in PROJECT["optional-dependencies"].values() for line in extra}
    names = {"cv2": "opencv_python", "ffmpeg": "ffmpeg_python", "PIL": "pillow", "c2pa": "c2pa_python"}
    imported = set()
    for path in Path(motion_transfer.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    others = imported - sys.stdlib_module_names - {"motion_transfer"}
    assert {names.get(name, name) for name in others} <= declared


def public_functions():
    """The public functions, and the constructors and methods of public classes, but for plain records of values."""
    for name in motion_transfer.__all__:
        value = getattr(motion_transfer, name)
        if inspect.isfunction(value):
            yield name, value
        elif inspect.isclass(value) and not issubclass(value, Exception):
            methods = {key: getattr(value, key) for key in vars(value) if not key.startswith("_")}
            if not is_dataclass(value):
                methods["__init__"] = value.__init__
            yield from ((f"{name}.{key}", method) for key, method in methods.items() if callable(method))


def test_public_functions_are_typed_and_take_any_path_and_device():
    for name, function in public_functions():
        hints = get_type_hints(function)
        parameters = [each for each in inspect.signature(function).parameters if each != "self"]
        assert set(parameters) <= set(hints), f"{name} has parameters without a type"
        assert "return" in hints, f"{name} has no return type"
        for parameter in parameters:
            kinds = [*get_args(hints[parameter]), hints[parameter]]
            assert Path not in kinds, f"{name} takes no str as {parameter}"
            if parameter == "device":
                assert all(kind in kinds for kind in (str, torch.device, NoneType)), f"{name} takes few devices"


def test_every_kind_of_error_is_public():
    kinds = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert kinds <= set(motion_transfer.__all__)


def test_public_functions_explain_themselves():
    for name in motion_transfer.__all__:
        if name != "__version__":
            assert getattr(motion_transfer, name).__doc__, name
