"""MediaPipe's graphs, and its Pose as a graph of our own: the landmarks of its Python class at lower cost."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.files import raise_if_disk_full
from motion_transfer.pose.detection.landmarks import Landmarks
from motion_transfer.types import Image, Size
from motion_transfer.unfinished import temporary_folder

_STEP = 33_333
"""Microseconds between two pictures, as in MediaPipe's Python classes: the crop in which a person is followed is
smoothed over time, whether landmarks are or not."""
_PATH = "mediapipe/modules/pose_landmark/pose_landmark_full.tflite"
_STREAMS = ("pose_landmarks", "segmentation_mask")
_MASK = 2  # which of the network's outputs is the mask
_GRAPH = """
input_stream: "image"
input_side_packet: "follow"
input_side_packet: "masks"
input_side_packet: "smooth"
output_stream: "pose_landmarks"
output_stream: "segmentation_mask"
node {
  calculator: "PoseLandmarkCpu"
  input_stream: "IMAGE:image"
  input_side_packet: "USE_PREV_LANDMARKS:follow"
  input_side_packet: "ENABLE_SEGMENTATION:masks"
  input_side_packet: "SMOOTH_LANDMARKS:smooth"
  input_side_packet: "SMOOTH_SEGMENTATION:smooth"
  output_stream: "LANDMARKS:pose_landmarks"
  output_stream: "SEGMENTATION_MASK:segmentation_mask"
}
"""


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


class PoseGraph(RunningGraph):
    """MediaPipe Pose, complexity 1, without smoothing.

    Its network draws the person's mask as well, whether it is asked for or not, which takes nearly a third of the
    time. Without `masks` that part of the network is left out (`without_output`); the landmarks stay the same to the
    bit.

    Args:
        settings: of the pose stage, for MediaPipe's two thresholds.
        static: the pictures are unrelated; otherwise the person is followed from one to the next.
        masks: also find which pixels show the person.
    """

    def __init__(self, settings: PoseSettings, *, static: bool = False, masks: bool = False) -> None:
        side = {"follow": not static, "masks": masks, "smooth": False}
        with temporary_folder() as folder:  # is read when the graph starts
            try:
                (folder / "pose.tflite").write_bytes(read_network(masks=masks))
            except OSError as error:
                raise_if_disk_full(error, folder / "pose.tflite")
                raise
            super().__init__(_config(str(folder / "pose.tflite"), settings), "image", _STREAMS, side)

    def find(self, picture: Image, corner: tuple[int, int] = (0, 0)) -> Landmarks | None:
        """Find the person in the next picture, (H, W, 3) uint8 RGB of any size; None if there is none.

        Landmarks are in pixels of the frame in which the picture's upper left corner lies at `corner`, (x, y).
        """
        return self._read(self.process(picture)[0], picture, corner)

    def segment(self, picture: Image, corner: tuple[int, int] = (0, 0)) -> tuple[Landmarks, Image] | None:
        """As `find`, and the person's mask in the picture, (H, W) uint8 in [0, 255]; of a graph with `masks`."""
        from mediapipe.python import packet_getter

        landmarks, mask = self.process(picture)
        person = self._read(landmarks, picture, corner)
        if person is None:
            return None
        shares = packet_getter.get_image_frame(mask).numpy_view().reshape(picture.shape[:2])
        return person, (shares * 255 + 0.5).clip(0, 255).astype(np.uint8)

    def _read(self, packet: Any, picture: Image, corner: tuple[int, int]) -> Landmarks | None:
        from mediapipe.python import packet_getter

        if packet is None:
            return None
        height, width = picture.shape[:2]
        return landmarks_from(packet_getter.get_proto(packet).landmark, (width, height), corner)


def landmarks_from(points: Iterable[Any], size: Size, corner: tuple[int, int] = (0, 0)) -> Landmarks:
    """MediaPipe's 33 points, in shares of a picture's width and height (z: of its width), in pixels of the frame."""
    width, height = size
    values = np.array([(p.x * width, p.y * height, p.z * width, p.visibility) for p in points], np.float32)
    return Landmarks(values[:, :2] + np.array(corner, np.float32), values[:, 2], values[:, 3])


def _config(network: str, settings: PoseSettings) -> str:
    """The expanded graph, with the network in that file."""
    from mediapipe.python._framework_bindings import validated_graph_config

    open_wheel()
    graph = validated_graph_config.ValidatedGraphConfig()
    graph.initialize(graph_config=_GRAPH)
    text = str(graph.text_config)
    for old, new in {
        f'"{_PATH}"': f'"{network}"',
        "min_score_thresh: 0.5": f"min_score_thresh: {settings.detection_confidence:.9f}",
        " threshold: 0.5": f" threshold: {settings.tracking_confidence:.9f}",
        # MediaPipe's Python class loses this option on the way, and so works with the default.
        "kernel_size: 7": "kernel_size: 9",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@cache
def read_network(*, masks: bool) -> bytes:
    """The network of MediaPipe Pose, with or without its mask."""
    network = (open_wheel() / _PATH).read_bytes()
    return network if masks else without_output(network, _MASK)


def without_output(network: bytes, number: int) -> bytes:
    """A TensorFlow Lite network, a `.tflite` file, that does not compute the output of that number.

    Its place is taken by the network's first output, so that the others keep theirs.
    """
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(network))
    (graph,) = model.subgraphs
    outputs = [graph.outputs[0 if i == number else i] for i in range(len(graph.outputs))]
    wanted, needed = set(map(int, outputs)), []
    for operator in reversed(graph.operators):  # each comes after those whose results it takes
        if not wanted.isdisjoint(map(int, operator.outputs)):
            needed.append(operator)
            wanted.update(map(int, operator.inputs))
    graph.operators, graph.outputs = needed[::-1], outputs
    model.signatureDefs = None  # they name the output that is gone
    builder = flatbuffers.Builder(len(network))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
