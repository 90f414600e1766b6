"""The names of metrics and videos, in the order of the tables."""

from dataclasses import dataclass

RESULT, TRUTH, MIRRORED = "result", "truth", "truth, mirrored"
"""Names of the videos that are no baselines. The last has only the poses detected on the mirrored truth."""


@dataclass(frozen=True)
class Metric:
    """What a metric is called, its unit, and in which direction it is better."""

    label: str
    unit: str
    higher_is_better: bool

    @property
    def heading(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


METRICS = {
    **{
        f"{region}_{metric}": Metric(f"{region} {label}", unit, higher)
        for region in ("frame", "person", "face", "hands")
        for metric, label, unit, higher in (
            ("psnr", "PSNR", "dB", True),
            ("ssim", "SSIM", "", True),
            ("ms_ssim", "MS-SSIM", "", True),
            ("gmsd", "GMSD", "", False),
            ("lpips", "LPIPS", "", False),
        )
        if metric in ("psnr", "ssim") or region in ("frame", "person")
    },
    "vmaf": Metric("frame VMAF", "", True),
    "color": Metric("person's colour error", "CIELAB", False),
    "warping": Metric("warping error", "grey levels", False),
    "flicker": Metric("background flicker", "grey levels", False),
    **{f"pose_{part}": Metric(f"pose distance, {part}", "% of torso", False) for part in ("body", "face", "hands")},
    **{f"missed_{part}": Metric(f"missed, {part}", "% of joints", False) for part in ("body", "face", "hands")},
}
"""The metrics that are measured frame by frame."""
