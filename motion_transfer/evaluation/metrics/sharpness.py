"""How much fine detail an image holds."""

import cv2

from motion_transfer.types import FloatArray, Frame


def detail(image: Frame) -> FloatArray:
    """The square of the Laplacian of an image's luminance, RGB (H, W, 3) to (H, W), in squared grey levels.

    Its mean over some pixels is their energy of the Laplacian (Subbarao, Choi and Nikzad, "Focusing techniques", 1993):
    what is out of focus or blown up from fewer pixels has little of it, and torn edges have more than the truth.
    """
    laplacian = cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_32F)
    return laplacian * laplacian
