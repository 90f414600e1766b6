"""How well MediaPipe sees the procedural dancers: the table in docs/dancers.md.

    python -m benchmarks.dancer_detection --out docs/dancers.md

Renders 300 frames (20 s at 15 a second) of the footage choreography of every character, each in another scene and with
another seed, at 512 × 512 and at 256 × 256, and compares what is detected with the truth. Takes about half an hour on
two cores. `--sheet docs/dancers.jpg` draws the contact sheet of all characters instead.
"""

import argparse
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from motion_transfer.config import PoseSettings
from motion_transfer.files import atomic_path, check_output
from motion_transfer.pose import OPENPOSE_137, HolisticEstimator
from motion_transfer.pose.detection.landmarks import Landmarks
from motion_transfer.pose.detection.native_stderr import suppress_native_stderr
from samples.dancer.characters import CHARACTERS
from samples.dancer.clip import Clip, prepare, render
from samples.dancer.dance import find_choreography
from samples.dancer.geometry import Array
from samples.dancer.scene import SCENES

SIDED = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
SCORED = ["nose", *(f"{side}_{joint}" for side in ("left", "right") for joint in SIDED)]
INDEX = [OPENPOSE_137.index(name) for name in SCORED]
LEFT, RIGHT = ([i for i, name in enumerate(SCORED) if name.startswith(side)] for side in ("left", "right"))


@dataclass
class Score:
    """What was measured on one character's frames."""

    frames: int = 0
    views: dict[str, int] = field(default_factory=lambda: {"front": 0, "side": 0, "back": 0})
    errors: dict[str, list[Array]] = field(default_factory=lambda: {"pose": [], "holistic": []})
    """For each detector (13, 2) a detected frame: detected minus true joint, in torso lengths."""
    swaps: int = 0
    found: dict[str, int] = field(default_factory=lambda: {"face": 0, "left_hand": 0, "right_hand": 0})
    """In frames seen from the front."""


class Pose:
    """MediaPipe Pose, complexity 1, without its smoothing."""

    def __init__(self, size: int, stack: ExitStack) -> None:
        from mediapipe.python.solutions.pose import Pose as Detector

        self.size = size
        self.detector = stack.enter_context(Detector(model_complexity=1, smooth_landmarks=False))

    def __call__(self, image: Array) -> Array | None:
        """The 25 body joints in pixels (25, 2), or None if nobody was found."""
        found = self.detector.process(image).pose_landmarks
        if found is None:
            return None
        xy = np.array([(p.x, p.y) for p in found.landmark], np.float32) * self.size
        return Landmarks(xy, np.zeros(len(xy), np.float32), np.ones(len(xy), np.float32)).joints


def view_of(xyz: Array) -> str:
    """Which side of the dancer the camera sees, from the shoulders' direction."""
    across = xyz[OPENPOSE_137.index("left_shoulder")] - xyz[OPENPOSE_137.index("right_shoulder")]
    turned = abs(np.degrees(np.arctan2(-across[2], across[0])))
    return "front" if turned < 45 else "side" if turned < 135 else "back"


def measure(clip: Clip, workers: int, pose_only: bool) -> Score:
    """Render a clip and run MediaPipe Pose over it, and if not `pose_only` Holistic."""
    score, size = Score(), clip.size[0]
    camera = clip.room().camera
    with ExitStack() as stack:
        frames = stack.enter_context(closing(render(clip, workers)))
        stack.enter_context(suppress_native_stderr())
        pose = Pose(size, stack)
        holistic = stack.enter_context(HolisticEstimator(PoseSettings(), clip.size))
        for frame in frames:
            view = view_of(frame.xyz)
            score.frames += 1
            score.views[view] += 1
            middle = [frame.xyz[OPENPOSE_137.index(name)] for name in ("neck", "mid_hip")]
            torso = np.linalg.norm(middle[0] - middle[1]) * camera.focal / (camera.position - middle[1])[2]
            person = None if pose_only else next(iter(holistic(frame.image)), None)
            whole = None if person is None else person.xy[:25]
            seen = {"pose": pose(frame.image), "holistic": whole}
            for name, xy in seen.items():
                if xy is not None and np.isfinite(xy[0]).all():
                    score.errors[name].append((xy[INDEX] - frame.xy[INDEX]) / torso)
            if seen["pose"] is not None:
                score.swaps += is_swapped(seen["pose"][INDEX], frame.xy[INDEX], torso)
            if view == "front" and person is not None:
                for part in score.found:
                    score.found[part] += bool((person.score[getattr(OPENPOSE_137, part)] > 0).any())
    return score


def is_swapped(found: Array, true: Array, torso: float) -> bool:
    """Whether the joints fit clearly better with left and right exchanged."""
    crossed = found.copy()
    crossed[LEFT], crossed[RIGHT] = found[RIGHT], found[LEFT]
    straight, swapped = (np.linalg.norm(p - true, axis=1).mean() / torso for p in (found, crossed))
    return bool(swapped < 0.6 * straight and straight > 0.1)


def table(scores: dict[str, Score]) -> str:
    """The results in Markdown, a row a character; those of Holistic only if it was asked."""
    columns = ["character", "frames (front / side / back)", "detected", "error", "PCK@0.1", "PCK@0.2", "swaps",
               "holistic PCK@0.2", "face", "left hand", "right hand"]  # fmt: skip
    rows = []
    for name, s in scores.items():
        far = {kind: np.linalg.norm(np.array(errors), axis=-1) for kind, errors in s.errors.items()}
        detected, error = 100 * len(far["pose"]) / s.frames, 100 * far["pose"].mean()
        near, nearer, whole = (
            100 * (far[kind] < within).sum() / (s.frames * len(SCORED))
            for kind, within in (("pose", 0.1), ("pose", 0.2), ("holistic", 0.2))
        )
        shares = [f"{share:.1f}" for share in (detected, error, near, nearer)]
        found = [f"{share:.1f}" for share in (whole, *(100 * n / max(s.views["front"], 1) for n in s.found.values()))]
        views = " / ".join(map(str, s.views.values()))
        rows.append([name, f"{s.frames} ({views})", *shares, str(s.swaps), *(found if s.errors["holistic"] else [])])
    shown = max(map(len, rows))
    rule = "|---" * shown + "|"
    return "\n".join([f"| {' | '.join(columns[:shown])} |", rule, *(f"| {' | '.join(row)} |" for row in rows)])


def offsets(scores: dict[str, Score]) -> str:
    """The mean place of each detected joint relative to the true one."""
    every = np.concatenate([np.array(s.errors["pose"]) for s in scores.values()])
    lines = ["| joint | to the right | downwards | mean error | PCK@0.1 |", "|---|---|---|---|---|"]
    for joint in ("nose", *SIDED):
        at = [i for i, name in enumerate(SCORED) if name.endswith(joint)]
        dx, dy = (100 * every[:, at].mean(axis=(0, 1))).tolist()
        far = np.linalg.norm(every[:, at], axis=-1)
        lines.append(f"| {joint} | {dx:+.1f} | {dy:+.1f} | {100 * far.mean():.1f} | {100 * (far < 0.1).mean():.1f} |")
    return "\n".join(lines)


PAGE = """# How well a detector sees the dancers

Made by `python -m benchmarks.dancer_detection --out docs/dancers.md`. MediaPipe 0.10.21, model complexity 1, without
its smoothing, {seconds:g} s of the footage choreography at 15 frames a second, a different seed and scene for every
character. Errors are in percent of the torso (neck to middle of the hips); PCK@x is the share of 13 joints (nose,
shoulders, elbows, wrists, hips, knees, ankles) found within x torso lengths, in percent of all joints of all frames,
those without a detection included. "Front" is within 45 degrees of facing the camera. Face and hands are the shares of
frontal frames in which `holistic` finds them.
{sections}
![all characters](dancers.jpg)
"""
SECTION = """
## Rendered at {size} × {size}

{table}

What remains between found and true joints, averaged over all frames of all characters (percent of the torso; nothing
in the table above is corrected for it):

{offsets}
"""
HIPS = """
Hips and ankles are defined about where MediaPipe places them: at 1.76 m, 20 mm below the joint about which the thigh
turns and 18 mm above the one about which the foot turns (`samples/dancer/pose.py`).
"""


def draw_sheet(path: Path, tile: int = 176) -> None:
    """Draw every character, each in a scene, at the same six beats of the footage, as one picture."""
    dance, rows = find_choreography("footage", 0), []
    for name, scene in zip(CHARACTERS, list(SCENES) * 2, strict=False):
        stage, _ = prepare(Clip(character=name, scene=scene, size=(tile, tile)))
        beats = (1.5, 9.5, 11.5, 13.5, 37.5, 97.5)  # from the front, the side and behind
        rows.append(np.hstack([stage.render(dance, b, np.random.default_rng(0)).image for b in beats]))
    image = np.hstack([np.vstack(rows[:4]), np.vstack(rows[4:])])
    with atomic_path(path) as temporary:
        cv2.imwrite(str(temporary), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = p.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, help="the page with the tables")
    what.add_argument("--sheet", type=Path, help="the contact sheet, instead of the page")
    p.add_argument("--frames", type=int, default=300, help="of each character")
    p.add_argument("--sizes", nargs="+", type=int, default=[512, 256], help="pixels a side, a table for each")
    p.add_argument("--pose-only", action="store_true", help="without holistic: its columns are empty")
    p.add_argument("--characters", nargs="+", choices=list(CHARACTERS), default=list(CHARACTERS))
    p.add_argument("--seed", type=int, default=0, help="added to each character's own: other frames")
    p.add_argument("--workers", type=int, default=1)
    a = p.parse_args()
    check_output(a.out or a.sheet)
    if a.sheet:
        draw_sheet(a.sheet)
        return
    sections = ""
    for size in a.sizes:
        scores = {}
        for name in a.characters:
            i = list(CHARACTERS).index(name)
            scene, seconds = list(SCENES)[i % len(SCENES)], a.frames / 15
            clip = Clip(name, "footage", scene, (size, size), Fraction(15), seconds, seed=a.seed + i)
            scores[name] = measure(clip, a.workers, a.pose_only)
            print(table({name: scores[name]}).splitlines()[-1], file=sys.stderr, flush=True)
        sections += SECTION.format(size=size, table=table(scores), offsets=offsets(scores))
    with atomic_path(a.out) as temporary:
        temporary.write_text(PAGE.format(sections=sections + HIPS, seconds=a.frames / 15), encoding="utf-8")


if __name__ == "__main__":
    main()
