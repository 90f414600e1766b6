"""A generator whose networks OpenVINO computes, on the processor, with the same pictures."""

import copy
import warnings
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from motion_transfer.models.compositor import Decisions
from motion_transfer.models.device import load_openvino
from motion_transfer.models.generator import Generator

_made: WeakKeyDictionary[Generator, Generator] = WeakKeyDictionary()
"""By the generators that they were made of: compiling takes seconds, and a batch makes many clips of one subject."""


def with_openvino(generator: Generator) -> Generator:
    """The generator with its networks computed by OpenVINO, from the weights that it has at its first frame.

    For frames of one size. It must not be trained.
    """
    if generator not in _made:
        made = copy.deepcopy(generator, {id(weights): weights for weights in generator.parameters()})  # they are shared
        for network, replaced in zip(generator.children(), made.children(), strict=True):
            replaced.forward = _Compiled(network)
        _made[generator] = made
    return _made[generator]


class _Compiled:
    """The `forward` of a network, compiled at the first call for inputs of its size, one sample at a time."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._compiled: Any = None
        self._lock = Lock()  # of the one place for outputs: clips of a subject may be made in several threads

    def __call__(self, *inputs: Tensor) -> Tensor | Decisions:
        samples = list(zip(*(each.split(1) for each in inputs), strict=True))
        with self._lock:
            self._compiled = self._compiled or _compile(self._network, samples[0])
            outputs = [self._compiled([each.numpy() for each in sample]).to_tuple() for sample in samples]
        batch = [torch.from_numpy(np.concatenate(each)) for each in zip(*outputs, strict=True)]
        return batch[0] if len(batch) == 1 else Decisions(*batch)


def _compile(network: nn.Module, inputs: tuple[Tensor, ...]) -> Any:
    openvino = load_openvino()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reads networks by `torch.jit.trace`, which has become old
        model = openvino.convert_model(network, example_input=inputs)
    model.reshape({index: tuple(each.shape) for index, each in enumerate(inputs)})
    settings = {
        "INFERENCE_PRECISION_HINT": "f32",  # else bfloat16 where the processor has it, which is visible
        "PERFORMANCE_HINT": "LATENCY",  # each frame waits for the one before
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "ENABLE_CPU_PINNING": False,  # frames are prepared and finished on the same cores
    }
    return openvino.compile_model(model, "CPU", settings)
