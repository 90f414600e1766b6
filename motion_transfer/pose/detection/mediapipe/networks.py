"""MediaPipe's networks for one hand and one face, run on crops.

MediaPipe's own graphs around them locate hands and faces in ways that fail when the person is small
(docs/pose.md, "Detection"); these graphs hold nothing but the network.
"""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from motion_transfer.pose.detection.mediapipe.graph import RunningGraph
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
    model_path: "mediapipe/modules/{model}.tflite" delegate {{ xnnpack {{ num_threads: 1 }} }} }} }}
}}
node {{
  calculator: "SplitTensorVectorCalculator"
  input_stream: "outputs"
  output_stream: "of_places"
  output_stream: "of_presence"
  options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{
    ranges {{ begin: 0 end: {presence} }} ranges {{ begin: {presence} end: {presence_end} }} }} }}
}}
node {{
  calculator: "TensorsToFloatsCalculator"
  input_stream: "TENSORS:of_presence"
  output_stream: "FLOATS:presence"
  options {{ [mediapipe.TensorsToFloatsCalculatorOptions.ext] {{ activation: {activation} }} }}
}}
node {{ calculator: "{reader}" input_stream: "TENSORS:of_places" output_stream: "{places}:places" }}
"""


@contextmanager
def open_part_finder() -> Iterator[PartFinder]:
    """A finder of hands and faces for one clip, with its networks loaded."""
    with _HandNetwork() as hand, _FaceNetwork() as face:
        yield PartFinder(hand, face)


class _Network(RunningGraph):
    """One network; call it with a crop. `presence` is the index of that output among the network's."""

    def __init__(self, model: str, side: int, *, presence: int, activation: str, reader: str, places: str) -> None:
        names = {"model": model, "activation": activation, "reader": reader, "places": places}
        config = _GRAPH.format(side=side, presence=presence, presence_end=presence + 1, **names)
        super().__init__(config, "crop", ("places", "presence"))
        self.side = side

    def __call__(self, crop: Image) -> tuple[FloatArray, float]:
        from mediapipe.python import packet_getter

        places, presence = self.process(crop)
        (sure,) = packet_getter.get_float_list(presence)
        return self._places(places), float(np.clip(sure, 0, 1))

    @abstractmethod
    def _places(self, packet: Any) -> FloatArray:
        """(N, 2) places, 0 to 1 across the crop."""


class _HandNetwork(_Network):
    def __init__(self) -> None:
        output = {"activation": "NONE", "reader": "TensorsToFloatsCalculator", "places": "FLOATS"}
        super().__init__("hand_landmark/hand_landmark_full", 224, presence=1, **output)

    def _places(self, packet: Any) -> FloatArray:
        from mediapipe.python import packet_getter  # x, y and z of 21 points in pixels of the crop

        return np.array(packet_getter.get_float_list(packet), np.float32).reshape(21, 3)[:, :2] / np.float32(self.side)


class _FaceNetwork(_Network):
    def __init__(self) -> None:
        output = {"activation": "SIGMOID", "reader": "TensorsToFaceLandmarksWithAttention", "places": "LANDMARKS"}
        super().__init__("face_landmark/face_landmark_with_attention", 192, presence=6, **output)

    def _places(self, packet: Any) -> FloatArray:
        from mediapipe.python import packet_getter

        return np.array([(p.x, p.y) for p in packet_getter.get_proto(packet).landmark], np.float32)
