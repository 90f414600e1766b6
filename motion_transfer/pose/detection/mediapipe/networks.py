"""MediaPipe's networks for one hand and one face, run on crops.

MediaPipe's own graphs around them locate hands and faces in ways that fail when the person is small
(docs/pose.md, "Detection"); these graphs hold nothing but the network.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from motion_transfer.pose.detection.mediapipe.running import RunningGraph
from motion_transfer.pose.detection.parts import PartFinder
from motion_transfer.types import FloatArray, Image

_GRAPH = """
input_stream: "crop"
output_stream: "places"
output_stream: "presence"
node {{
  calculator: "ImageToTensorCalculator"
  input_stream: "IMAGE:crop"
  output_stream: "TENSORS:pixels"
  options {{ [mediapipe.ImageToTensorCalculatorOptions.ext] {{
    output_tensor_width: {side} output_tensor_height: {side} output_tensor_float_range {{ min: 0 max: 1 }} }} }}
}}
node {{ calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:operations" }}
node {{
  calculator: "InferenceCalculator"
  input_side_packet: "OP_RESOLVER:operations"
  input_stream: "TENSORS:pixels"
  output_stream: "TENSORS:outputs"
  options {{ [mediapipe.InferenceCalculatorOptions.ext] {{
    model_path: "{model}" delegate {{ xnnpack {{ num_threads: 1 }} }} }} }}
}}
node {{
  calculator: "SplitTensorVectorCalculator"
  input_stream: "outputs"
  output_stream: "of_places"
  output_stream: "of_presence"
  options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{
    ranges {{ begin: 0 end: {presence} }} ranges {{ begin: {presence} end: {presence_end} }} }} }}
}}
"""

_HAND = (
    _GRAPH
    + """
node {{ calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:of_presence" output_stream: "FLOATS:presence" }}
node {{ calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:of_places" output_stream: "FLOATS:places" }}
"""
)

_FACE = (
    _GRAPH
    + """
node {{
  calculator: "TensorsToFloatsCalculator"
  input_stream: "TENSORS:of_presence"
  output_stream: "FLOATS:presence"
  options {{ [mediapipe.TensorsToFloatsCalculatorOptions.ext] {{ activation: SIGMOID }} }}
}}
node {{
  calculator: "TensorsToFaceLandmarksWithAttention"
  input_stream: "TENSORS:of_places"
  output_stream: "LANDMARKS:places"
}}
"""
)

_HAND_MODEL = "mediapipe/modules/hand_landmark/hand_landmark_full.tflite"
_FACE_MODEL = "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite"
_HAND_PIXELS, _FACE_PIXELS = 224, 192  # sides of the networks' crops


@contextmanager
def open_part_finder() -> Iterator[PartFinder]:
    """A finder of hands and faces for one clip, with its networks loaded."""
    with (
        _Network(_HAND, _HAND_MODEL, _HAND_PIXELS, _hand_places, presence=1) as hand,
        _Network(_FACE, _FACE_MODEL, _FACE_PIXELS, _face_places, presence=6) as face,
    ):
        yield PartFinder(hand, face)


class _Network(RunningGraph):
    """One network; call it with a crop. `presence` is the index of that output among the network's."""

    def __init__(self, graph: str, model: str, side: int, read: Callable[[Any], FloatArray], *, presence: int) -> None:
        config = graph.format(model=model, side=side, presence=presence, presence_end=presence + 1)
        super().__init__(config, "crop", ("places", "presence"))
        self.side, self._read = side, read

    def __call__(self, crop: Image) -> tuple[FloatArray, float]:
        from mediapipe.python import packet_getter

        places, presence = self.process(crop)
        (sure,) = packet_getter.get_float_list(presence)
        return self._read(places), float(np.clip(sure, 0, 1))


def _hand_places(packet: Any) -> FloatArray:
    """(21, 2) places from the network's x, y and z in pixels of its crop."""
    from mediapipe.python import packet_getter

    return np.array(packet_getter.get_float_list(packet), np.float32).reshape(21, 3)[:, :2] / np.float32(_HAND_PIXELS)


def _face_places(packet: Any) -> FloatArray:
    """(478, 2) places from landmarks."""
    from mediapipe.python import packet_getter

    return np.array([(p.x, p.y) for p in packet_getter.get_proto(packet).landmark], np.float32)
