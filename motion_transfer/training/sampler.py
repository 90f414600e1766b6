"""The order of the samples: a function of the seed and of how many were drawn before."""

from collections.abc import Iterator
from itertools import islice

import torch
from torch.utils.data import Sampler


class SampleOrder(Sampler[int]):
    """Endless epochs, each a permutation that depends only on the seed and the epoch's number.

    The order after a resumption is therefore what it would have been: `start` is how many samples were drawn before.
    """

    def __init__(self, length: int, *, seed: int, start: int) -> None:
        self.length = length
        self.seed = seed
        self.start = start

    def __iter__(self) -> Iterator[int]:
        epoch, offset = divmod(self.start, self.length)
        while True:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            yield from torch.randperm(self.length, generator=generator)[offset:].tolist()
            epoch, offset = epoch + 1, 0


class BatchOrder(Sampler[list[int]]):
    """The order cut into batches, of which each process takes its own part.

    Several processes with `batch` samples each see together what one process with the batch so many times larger sees.
    """

    def __init__(self, order: SampleOrder, *, batch: int, rank: int = 0, processes: int = 1) -> None:
        self.order = order
        self.batch = batch
        self.rank = rank
        self.processes = processes

    def __iter__(self) -> Iterator[list[int]]:
        samples = iter(self.order)
        while True:
            together = list(islice(samples, self.batch * self.processes))
            yield together[self.rank * self.batch : (self.rank + 1) * self.batch]
