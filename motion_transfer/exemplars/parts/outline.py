"""What the arms of an exemplar cover of its body: the body's outline goes on behind them, shoulders are of both."""

import cv2
import numpy as np

from motion_transfer.exemplars.grid import Grid
from motion_transfer.exemplars.parts.labels import MIXED, UPPER_ARMS, PartLabels
from motion_transfer.pose.geometry.segments import ARMS, TRUNK, Segments
from motion_transfer.types import Mask, Numbers

TOUCHING = 2  # pixels of the canvas within which an arm touches the body
SHOULDER, ALONG = 0.3, 0.1  # heights of the head around its joint, and beyond that, outwards and along the arm
BEHIND = 1.0  # the same by which an arm that the trunk may hide is found behind it: detectors exaggerate depth


def shoulder_area(pose: Segments, grid: Grid, *, inner: bool = True) -> Mask:
    """(h, w) where the shoulders of a single frame are, or their inner halves, but of one that the trunk hides."""
    head, (x, y) = float(pose.head[0]), grid.points()
    there = np.zeros(grid.size[::-1], bool)
    neck = pose.axes[0, TRUNK, 0]
    behind = pose.depth[0, UPPER_ARMS] - pose.depth[0, TRUNK] > BEHIND * head
    for joint, elbow in pose.axes[0, UPPER_ARMS][~behind]:
        if np.isfinite([*joint, *elbow, *neck]).all():
            dx, dy = x - np.float32(joint[0]), y - np.float32(joint[1])
            near = np.hypot(dx, dy) < SHOULDER * head
            for end in (elbow, 2 * joint - neck) if inner else ():
                u, v = (end - joint) / max(float(np.linalg.norm(end - joint)), 1e-6)
                near &= u * dx + v * dy < ALONG * head
            there |= near
    return there


def covered_by_arms(labels: PartLabels, person: Mask, axes: Numbers) -> Mask:
    """Where the arms cover the body.

    Where an arm touches the body's side, that side runs straight from the last place above at which it is seen, or the
    shoulder, to the next one below, but not beyond the arm.

    Args:
        labels: (H, W) of an exemplar, see `label_parts`.
        person: (H, W) where it shows the person.
        axes: (S, 2, 2) of its segments, in pixels.

    Returns:
        (H, W); nothing where the trunk is not measured.
    """
    arms = person & np.isin(labels, [*ARMS, MIXED])
    start, end = axes[TRUNK]
    if not np.isfinite([start, end]).all() or not arms.any():
        return np.zeros_like(arms)
    shoulders = axes[UPPER_ARMS, 0]
    shoulders = np.where(np.isfinite(shoulders), shoulders, start)
    side = 2 * int(np.linalg.norm(labels.shape))
    upright = _upright(start, end, side / 2)
    body, before = (
        cv2.warpAffine(mask.astype(np.uint8), upright, (side, side), flags=cv2.INTER_NEAREST) > 0
        for mask in (person & ~arms, arms)
    )
    across, down = np.rint(upright[:, :2] @ shoulders.T + upright[:, 2:]).astype(int)
    right, left = across.argmax(), across.argmin()
    covered = _covered_right(body, before, across[right], down[right])
    covered |= _covered_right(body[:, ::-1], before[:, ::-1], side - 1 - across[left], down[left])[:, ::-1]
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return np.asarray(arms & (cv2.warpAffine(covered.astype(np.uint8), upright, labels.shape[::-1], flags=flags) > 0))


def _upright(start: Numbers, end: Numbers, middle: float) -> Numbers:
    """The (2, 3) map that turns a trunk upright and moves its middle to that of a square."""
    u, v = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    turn = np.array([[v, -u], [u, v]])
    return np.column_stack([turn, middle - turn @ (start + end) / 2])


def _covered_right(body: Mask, arms: Mask, shoulder: int, top: int) -> Mask:
    """What the arms cover of an upright body's right half, in a square with the trunk in its middle column.

    Args:
        body: (N, N) without the arms.
        arms: (N, N).
        shoulder: its column.
        top: its row.
    """
    side = len(body)
    rows, columns, middle = np.arange(side), np.arange(side), side // 2
    right = body & (columns >= middle)
    seen = right.any(axis=1)
    edge = np.where(seen, side - 1 - right[:, ::-1].argmax(axis=1), middle)
    beside = np.minimum(edge + np.arange(1, TOUCHING + 1)[:, None], side - 1)
    touched = arms[rows, beside].any(axis=0) & (rows >= top)
    free = np.flatnonzero(seen & ~touched & (rows > top))
    outline = edge
    if len(free):
        known = np.insert(edge[free], 0, max(shoulder, edge[top]))
        outline = np.where(touched, np.interp(rows, np.insert(free, 0, top), known), edge)
    reached = np.logical_and.accumulate(arms | (columns <= edge[:, None] + TOUCHING), axis=1)
    return np.asarray(arms & reached & (columns >= middle) & (columns <= np.maximum(edge, outline)[:, None]))
