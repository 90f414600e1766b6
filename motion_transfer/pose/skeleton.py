"""The names and order of the keypoints: what index means what, and which of them are joined by bones."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise


@dataclass(frozen=True)
class Skeleton:
    """An order of keypoints, the bones between them, and where its parts lie.

    `body`, `face`, `left_hand` and `right_hand` are slices of the keypoint axis. Left and right are the
    person's own. Bones are pairs of indices into all joints, from the trunk outwards.
    """

    name: str
    joints: tuple[str, ...]
    body: slice
    face: slice
    left_hand: slice
    right_hand: slice
    body_bones: tuple[tuple[int, int], ...]
    left_hand_bones: tuple[tuple[int, int], ...]
    right_hand_bones: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.joints)

    @property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """All bones, of the body and of both hands."""
        return *self.body_bones, *self.left_hand_bones, *self.right_hand_bones

    def index(self, joint: str) -> int:
        """Place of a joint in the order; `KeyError` for a name that is none of `joints`."""
        try:
            return self.joints.index(joint)
        except ValueError:
            raise KeyError(f"the skeleton {self.name} has no joint {joint!r}") from None

    @cached_property
    def mirrored(self) -> list[int]:
        """For each joint the one that takes its place in a mirror: left for right."""
        places = list(range(len(self)))
        for name in self.joints:
            side, _, rest = name.partition("_")
            if side in ("left", "right"):
                places[self.index(name)] = self.index(f"{'right' if side == 'left' else 'left'}_{rest}")
        for run in _FACE_RUNS:
            for one, other in zip(run, reversed(run), strict=True):
                places[self.face.start + one] = self.face.start + other
        return places


_FACE_RUNS = (
    range(17),
    range(17, 27),
    range(31, 36),
    (36, 37, 38, 39, 42, 43, 44, 45),
    (40, 41, 46, 47),
    range(48, 55),
    range(55, 60),
    range(60, 65),
    range(65, 68),
    range(68, 70),
)
"""Points of the iBUG scheme, and the pupils, in the order in which they lie from one side to the other."""

_BODY = (
    "nose",
    "neck",
    *("right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist"),
    "mid_hip",
    *("right_hip", "right_knee", "right_ankle"),
    *("left_hip", "left_knee", "left_ankle"),
    *("right_eye", "left_eye", "right_ear", "left_ear"),
    *("left_big_toe", "left_small_toe", "left_heel"),
    *("right_big_toe", "right_small_toe", "right_heel"),
)

_CHAINS = (
    "neck mid_hip",
    "neck right_shoulder right_elbow right_wrist",
    "neck left_shoulder left_elbow left_wrist",
    "mid_hip right_hip right_knee right_ankle",
    "mid_hip left_hip left_knee left_ankle",
    "neck nose",
    "nose right_eye right_ear",
    "nose left_eye left_ear",
    "right_ankle right_big_toe right_small_toe",
    "right_ankle right_heel",
    "left_ankle left_big_toe left_small_toe",
    "left_ankle left_heel",
)

_HAND = ["wrist", *(f"{finger}_{i}" for finger in ("thumb", "index", "middle", "ring", "little") for i in range(1, 5))]


def _hand_bones(wrist: int) -> tuple[tuple[int, int], ...]:
    """Five chains of four bones that start at the wrist, finger after finger."""
    return tuple((wrist + (0 if i % 4 == 0 else i), wrist + i + 1) for i in range(20))


OPENPOSE_137 = Skeleton(
    name="openpose_137",
    joints=(
        *_BODY,
        *(f"face_{i}" for i in range(70)),
        *(f"{side}_hand_{part}" for side in ("left", "right") for part in _HAND),
    ),
    body=slice(0, 25),
    face=slice(25, 95),
    left_hand=slice(95, 116),
    right_hand=slice(116, 137),
    body_bones=tuple(bone for chain in _CHAINS for bone in pairwise(map(_BODY.index, chain.split()))),
    left_hand_bones=_hand_bones(95),
    right_hand_bones=_hand_bones(116),
)
"""OpenPose's order: BODY_25, 68 face points as in the iBUG scheme and two pupils, then 21 points a hand."""
