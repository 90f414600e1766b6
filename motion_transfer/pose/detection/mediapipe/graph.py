"""MediaPipe Pose as a graph of our own: the same landmarks as its Python class, at less expense."""

import tempfile
from collections.abc import Iterable
from functools import cache
from types import TracebackType
from typing import Any, NamedTuple

from motion_transfer.pose.detection.mediapipe.running import RunningGraph, open_wheel
from motion_transfer.types import Image

_PATH = "mediapipe/modules/pose_landmark/pose_landmark_full.tflite"

_STREAMS = ("pose_landmarks", "segmentation_mask")

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

_STEP = 33_333
"""Microseconds between two frames, as MediaPipe's Python class has it: the window in which the person is followed is
smoothed in time, whether landmarks are or not."""

_MASK = 2
"""Which of the network's outputs is the mask."""


class Found(NamedTuple):
    """What MediaPipe found in a picture; None where there is nothing."""

    pose_landmarks: Any
    """33 `landmark`s with x, y, z and visibility."""
    segmentation_mask: Any
    """(H, W) float32, how surely each pixel shows the person."""


class PoseGraph:
    """MediaPipe Pose, complexity 1, without smoothing. A context manager.

    Its network draws the person's mask as well, whether it is asked for or not, which takes nearly a third of the
    time. Without `masks` that part of the network is left out (`without_mask`); the landmarks stay the same to the bit.

    Args:
        detection_confidence, tracking_confidence: MediaPipe's two thresholds.
        static: pictures have nothing to do with each other; otherwise the person is followed.
        masks: also find which pixels show the person.
    """

    def __init__(self, detection_confidence: float, tracking_confidence: float, *, static: bool, masks: bool) -> None:
        self._thresholds = detection_confidence, tracking_confidence
        self._side = {"follow": not static, "masks": masks, "smooth": False}
        self._time = 0

    def __enter__(self) -> "PoseGraph":
        with tempfile.NamedTemporaryFile(suffix=".tflite") as network:  # is read when the graph starts
            network.write(_whole_network() if self._side["masks"] else _network_without_mask())
            network.flush()
            self._graph = RunningGraph(_config(network.name, *self._thresholds), "image", _STREAMS, self._side)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._graph.close()
        del self._graph

    def process(self, picture: Image) -> Found:
        """Find the person in the next picture, contiguous (H, W, 3) uint8 RGB of any size."""
        from mediapipe.python import packet_getter

        self._time += _STEP
        landmarks, mask = self._graph.process(picture, self._time)
        return Found(
            landmarks and packet_getter.get_proto(landmarks),
            mask and packet_getter.get_image_frame(mask).numpy_view().copy(),
        )


def _config(network: str, detection_confidence: float, tracking_confidence: float) -> str:
    """The graph in full, with the network in that file."""
    from mediapipe.python._framework_bindings import validated_graph_config

    open_wheel()
    graph = validated_graph_config.ValidatedGraphConfig()
    graph.initialize(graph_config=_GRAPH)
    text = str(graph.text_config)
    for old, new in {
        f'"{_PATH}"': f'"{network}"',
        "min_score_thresh: 0.5": f"min_score_thresh: {detection_confidence:.9f}",
        " threshold: 0.5": f" threshold: {tracking_confidence:.9f}",
        # MediaPipe's Python class loses this option on the way, and so works with the default.
        "kernel_size: 7": "kernel_size: 9",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _whole_network() -> bytes:
    return (open_wheel() / _PATH).read_bytes()


@cache
def _network_without_mask() -> bytes:
    return without_output(_whole_network(), _MASK)


def without_output(network: bytes, number: int) -> bytes:
    """A TensorFlow Lite network that does not compute one of its outputs.

    Args:
        network: a `.tflite` file.
        number: of the output; its place is taken by the network's first, so that the others keep theirs.
    """
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(network))
    (graph,) = model.subgraphs
    outputs = [graph.outputs[0 if i == number else i] for i in range(len(graph.outputs))]
    needed = _needed(graph.operators, outputs)
    graph.operators = [operator for operator, keep in zip(graph.operators, needed, strict=True) if keep]
    graph.outputs = outputs
    model.signatureDefs = None  # they name the output that is gone
    builder = flatbuffers.Builder(len(network))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _needed(operators: list[Any], outputs: Iterable[int]) -> list[bool]:
    """Which operators the outputs depend on; each comes after those whose results it takes."""
    wanted, needed = {int(tensor) for tensor in outputs}, []
    for operator in reversed(operators):
        needed.append(not wanted.isdisjoint(int(tensor) for tensor in operator.outputs))
        if needed[-1]:
            wanted |= {int(tensor) for tensor in operator.inputs}
    return needed[::-1]
