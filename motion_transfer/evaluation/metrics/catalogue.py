"""The names of metrics and videos, in the order of the tables."""

from dataclasses import dataclass
from typing import Literal

RESULT, TRUTH, MIRRORED = "result", "truth", "truth, mirrored"
"""Names of the videos that are no baselines. The last has only the poses detected on the mirrored truth."""

CANDIDATES = "candidates alone"
"""The baseline without any network: the best-fitting candidate."""

UNTRAINED = "before training"
"""The baseline of a network that begins from base weights: what these make by themselves."""

REGIONS = ("person", "face", "hands")
"""What is measured inside the person's mask: all of it, and what of it lies in the boxes of these parts."""


@dataclass(frozen=True)
class Metric:
    """What a metric is called, its unit, and which value is better."""

    label: str
    unit: str
    better: Literal["higher", "lower", "nearer to 1"]

    @property
    def heading(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def badness(self, value: float) -> float:
        """A number that is the lower the better the value is."""
        return {"higher": -value, "lower": value, "nearer to 1": abs(value - 1)}[self.better]


METRICS = {
    "person_perceptual": Metric("perceptual distance", "", "lower"),
    "person_sharpness": Metric("sharpness", "times the truth's", "nearer to 1"),
    "pose_body": Metric("pose distance, body", "% of torso", "lower"),
    "person_flicker": Metric("person's flicker", "grey levels", "lower"),
    **{
        f"{part}_{name}": metric
        for part in REGIONS[1:]
        for name, metric in (
            ("perceptual", Metric(f"{part}, perceptual distance", "", "lower")),
            ("sharpness", Metric(f"{part}, sharpness", "times the truth's", "nearer to 1")),
        )
    },
    "person_lpips": Metric("person LPIPS", "", "lower"),
    **{
        f"{region}_{name}": Metric(f"{region} {name.upper()}", "dB" if name == "psnr" else "", "higher")
        for region in REGIONS
        for name in ("psnr", "ssim")
    },
    "person_motion": Metric("person's motion, distance", "pixels", "lower"),
    "color": Metric("person's colour error", "CIELAB", "lower"),
    "frame_psnr": Metric("frame PSNR", "dB", "higher"),
    "frame_ssim": Metric("frame SSIM", "", "higher"),
    "frame_ms_ssim": Metric("frame MS-SSIM", "", "higher"),
    "frame_gmsd": Metric("frame GMSD", "", "lower"),
    "frame_lpips": Metric("frame LPIPS", "", "lower"),
    "vmaf": Metric("frame VMAF", "", "higher"),
    "flicker": Metric("background flicker", "grey levels", "lower"),
    "warping": Metric("warping error", "grey levels", "lower"),
    "pose_face": Metric("pose distance, face", "% of torso", "lower"),
    "pose_hands": Metric("pose distance, hands", "% of torso", "lower"),
    **{f"missed_{part}": Metric(f"missed, {part}", "% of joints", "lower") for part in ("body", "face", "hands")},
}
"""The metrics that are measured frame by frame."""

HEADLINE = ("person_perceptual", "person_sharpness", "pose_body", "person_flicker")
"""The first four: what a viewer sees. PSNR and SSIM, which prefer the softer of two results, are for comparison."""
