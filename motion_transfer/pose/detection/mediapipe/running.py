"""A graph of MediaPipe's at work: pictures go in, packets come out."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from motion_transfer.types import Image


class RunningGraph:
    """A graph that has been started; to be closed.

    Args:
        config: the graph, as text.
        takes: the stream into which pictures go.
        gives: the streams whose packets are kept.
        side: what it is told once.
    """

    def __init__(self, config: str, takes: str, gives: Sequence[str], side: Mapping[str, bool] | None = None) -> None:
        from mediapipe.framework.formats import landmark_pb2  # noqa: F401  # what `get_proto` gives
        from mediapipe.python import packet_creator
        from mediapipe.python._framework_bindings import calculator_graph

        open_wheel()
        self._takes, self._gives = takes, gives
        self._found: dict[str, Any] = {}
        self._graph = calculator_graph.CalculatorGraph(graph_config=config)
        for name in gives:
            self._graph.observe_output_stream(name, self._found.__setitem__)
        self._graph.start_run({name: packet_creator.create_bool(value) for name, value in (side or {}).items()})
        self._graph.wait_until_idle()

    def process(self, picture: Image, at: int) -> list[Any]:
        """Give it a contiguous (H, W, 3) uint8 RGB picture at a time, in microseconds, later than all before.

        Returns:
            A packet of each stream; None where there was none.
        """
        from mediapipe.python import ImageFormat, packet_creator

        packet = packet_creator.create_image_frame(picture, image_format=ImageFormat.SRGB)
        self._graph.add_packet_to_input_stream(self._takes, packet.at(at))
        self._graph.wait_until_idle()
        return [self._found.pop(name, None) for name in self._gives]

    def close(self) -> None:
        """End it; to be called once."""
        with suppress(RuntimeError):  # a graph that has failed says so again
            self._graph.close()


def open_wheel() -> Path:
    """The folder in which the package of MediaPipe lies; its graphs look for their networks there from now on."""
    import mediapipe
    from mediapipe.python._framework_bindings import resource_util

    folder = Path(mediapipe.__file__).parent.parent
    resource_util.set_resource_dir(str(folder))
    return folder
