"""What all estimators share: their graphs are opened for the frames of one clip, and closed in order."""

from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import Self

import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.errors import PoseError
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from motion_transfer.types import Frame, Size


class Estimator(ABC):
    """A context manager that holds MediaPipe's graphs for frames of one size; use it for one clip.

    Raises:
        PoseError: when entered: MediaPipe is not installed.
    """

    def __init__(self, settings: PoseSettings, size: Size) -> None:
        self._settings = settings
        self._size = size

    @abstractmethod
    def _open(self, graphs: ExitStack) -> None:
        """Open all graphs, entered into `graphs`."""

    def __enter__(self) -> Self:
        with ExitStack() as graphs:
            graphs.enter_context(suppress_native_stderr())  # while the estimator is open
            self._open(graphs)
            self._graphs = graphs.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._graphs.close()

    def _checked(self, frame: Frame) -> Frame:
        """The frame, if it is one of the clip's; else `PoseError`."""
        expected = self._size[1], self._size[0], 3
        if frame.shape != expected or frame.dtype != np.uint8:
            raise PoseError(f"a frame of {frame.dtype} {frame.shape}; expected uint8 {expected}, the clip's `size`.")
        return frame
