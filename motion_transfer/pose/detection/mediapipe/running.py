"""Running a MediaPipe graph: pictures go in, packets come out."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np

from motion_transfer.errors import PoseError
from motion_transfer.types import Image

_STEP = 33_333
"""Microseconds between two pictures, as in MediaPipe's Python classes: the crop in which a person is followed is
smoothed over time, whether landmarks are or not."""


class RunningGraph:
    """A graph that has been started. A context manager that closes it.

    Pictures go into the stream that it `takes`; it `gives` packets from others. `side` are its side packets by name.
    """

    def __init__(self, config: str, takes: str, gives: Sequence[str], side: Mapping[str, bool] | None = None) -> None:
        open_wheel()
        from mediapipe.framework.formats import landmark_pb2  # noqa: F401  # what `get_proto` gives
        from mediapipe.python import packet_creator
        from mediapipe.python._framework_bindings import calculator_graph

        self._takes, self._gives, self._time = takes, gives, 0
        self._found: dict[str, Any] = {}
        self._graph = calculator_graph.CalculatorGraph(graph_config=config)
        for name in gives:
            self._graph.observe_output_stream(name, self._found.__setitem__)
        self._graph.start_run({name: packet_creator.create_bool(value) for name, value in (side or {}).items()})
        self._graph.wait_until_idle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(RuntimeError):  # a graph that has failed raises its error again
            self._graph.close()

    def process(self, picture: Image) -> list[Any]:
        """Run the graph on the next picture, (H, W, 3) uint8 RGB: a packet of each stream, None where there is none."""
        from mediapipe.python import ImageFormat, packet_creator

        self._time += _STEP
        packet = packet_creator.create_image_frame(np.ascontiguousarray(picture), image_format=ImageFormat.SRGB)
        self._graph.add_packet_to_input_stream(self._takes, packet.at(self._time))
        self._graph.wait_until_idle()
        return [self._found.pop(name, None) for name in self._gives]


def open_wheel() -> Path:
    """The folder that holds MediaPipe's package; its graphs look for their networks there from now on.

    Raises:
        PoseError: MediaPipe is not installed.
    """
    try:
        import mediapipe
    except ImportError as error:
        raise PoseError(
            f"finding poses needs MediaPipe, which cannot be imported here ({error}). "
            "Install mediapipe==0.10.21, or give poses that were found elsewhere."
        ) from error
    from mediapipe.python._framework_bindings import resource_util

    folder = Path(mediapipe.__file__).parent.parent
    resource_util.set_resource_dir(str(folder))
    return folder
