"""The short arguments for what is placed by hand."""

import pytest

from motion_transfer.cli.arguments import parse_command
from motion_transfer.cli.verbs.stages import Normalise
from motion_transfer.cli.verbs.transfer import Transfer
from motion_transfer.config import NormaliseSettings, Pipeline
from motion_transfer.errors import ConfigError

FILES = {Transfer: "dance.mp4 --subject me --out out.mp4", Normalise: "dance.npz --subject me --out out.npz"}
PIPELINE = Pipeline(normalise=NormaliseSettings(scale=0.9, shift_y=0.05))


@pytest.mark.parametrize("verb", FILES)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", NormaliseSettings(scale=0.9, shift_y=0.05)),
        ("--scale 1.1", NormaliseSettings(scale=1.1, shift_y=0.05)),
        ("--shift -0.1 0.2", NormaliseSettings(scale=0.9, shift_x=-0.1, shift_y=0.2)),
        ("--scale 2 --shift 0 0 --normalise.method edn", NormaliseSettings(method="edn", scale=2.0)),
    ],
)
def test_short_arguments_are_the_long_ones(verb, line, expected):
    _, pipeline = parse_command(verb, f"{FILES[verb]} {line}".split(), PIPELINE)
    assert pipeline.normalise == expected


@pytest.mark.parametrize(("line", "named"), [("--scale 0", "scale"), ("--shift 2 0", "shift_x")])
def test_what_is_out_of_range_is_refused_by_name(line, named):
    with pytest.raises(ConfigError, match=f"`normalise.{named}` "):
        parse_command(Normalise, f"{FILES[Normalise]} {line}".split(), PIPELINE)
