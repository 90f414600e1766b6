"""Types that several packages share, defined once."""

import os
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

StrPath: TypeAlias = str | os.PathLike[str]  # a file or folder, as public functions take it
Size: TypeAlias = tuple[int, int]  # (width, height) in pixels
Color: TypeAlias = tuple[int, int, int]  # RGB, each in [0, 255]
Frame: TypeAlias = npt.NDArray[np.uint8]  # a frame of a video: RGB (H, W, 3)
Image: TypeAlias = npt.NDArray[np.uint8]  # a picture that is no frame: RGB or RGBA (H, W, 3 or 4), or grey (H, W)
Mask: TypeAlias = npt.NDArray[np.bool_]  # which pixels or entries are meant: (H, W) or (N,)
Indices: TypeAlias = npt.NDArray[np.int64]  # which entries of something; the shape stands where it is used
Boxes: TypeAlias = npt.NDArray[np.float32]  # (N, 4) left, top, right, bottom in pixels; NaN where not measured
FloatArray: TypeAlias = npt.NDArray[np.float32]  # single precision numbers; the shape stands where it is used
Numbers: TypeAlias = npt.NDArray[np.floating[Any]]  # of either precision; the shape stands where it is used
