"""Which segment of the body each pixel of an exemplar shows, so that no part brings pixels of another."""

import cv2
import numpy as np
import numpy.typing as npt

from motion_transfer.exemplars.grid import extent_of
from motion_transfer.pose.geometry.segments import ARMS, SEGMENTS, TRUNK, Segments
from motion_transfer.types import FloatArray, Image, Mask, Numbers

PartLabels = npt.NDArray[np.uint8]

CORE = 0.65  # a segment without loose clothes, as a share of its radius: what lies in an arm's core is that arm


AXIS = 0.35  # widths of an arm's core from its axis within which a pixel surely shows the arm
BESIDE = 0.2  # heights of the head around its core in which an arm may be seen
THREAD = 0.15  # times as far a thread reaches to either side: in its colour, but too thin for an arm
OUTLINE = 0.4  # times as far the outline of an arm reaches, in which its colour mixes with that of what is behind
AROUND = 4  # times as far around an arm the colours of what lies behind it are taken from
ATTACHED = 100  # opacity of pixels that hang together
THICK = 5  # pixels of the canvas: width of the axis that they hang together with
BORDER = 2  # pixels of the canvas around others that are faint, and left out with them
SOLID = 250  # opacity of pixels that show a colour by themselves
REACH = 1.5  # widths of a segment's core up to which something may be the segment's, which lies behind an arm
LEAST_PIXELS = 12  # whose colour is that of what lies behind an arm
DIFFERENT, ALIKE = 25.0, 0.5  # CIELAB: how far from an arm's colour, and in what share of it from the other one

MIXED = len(SEGMENTS)  # the label of what is no segment's

LAYERS = tuple(
    [limb for limb, each in enumerate(SEGMENTS) if (limb in ARMS) == bool(side) and each.start.startswith(side)]
    for side in ("", "right", "left")
)
"""The segments that move over each other: trunk, head and legs; the right arm; the left arm."""

UPPER_ARMS = [layer[0] for layer in LAYERS[1:]]

LAYER_OF = np.array([next(i for i, layer in enumerate(LAYERS) if part in layer) for part in range(len(SEGMENTS))])
"""(S,) the layer of each segment."""

_JOINTS = [{each.start, each.end} for each in SEGMENTS]
ADJACENT = np.array([[bool(one & other) for other in _JOINTS] for one in _JOINTS])
THIGHS = [limb for limb, segment in enumerate(SEGMENTS) if segment.start.endswith("hip")]
ADJACENT[np.ix_([*THIGHS, TRUNK], [*THIGHS, TRUNK])] = True  # under a skirt, too
for _arm in LAYERS[1:]:
    ADJACENT[_arm] = ADJACENT[:, _arm] = False
    ADJACENT[np.ix_(_arm, _arm)] = [[_JOINTS[one] & _JOINTS[other] != set() for other in _arm] for one in _arm]
"""(S, S): whether two segments of a layer meet, so that one may show pixels of the other."""

IN_TROUSERS = ADJACENT.copy()
IN_TROUSERS[np.ix_(THIGHS, THIGHS)] = np.eye(2, dtype=bool)
"""The same of a person whose thighs are apart."""


def label_parts(
    segments: Segments,
    frame: int,
    canvas: tuple[int, int],
    image: Image | None = None,
    colours: FloatArray | None = None,
) -> PartLabels:
    """The segment that each pixel shows: the nearest in widths of its own; arms cover the trunk, or it them.

    Args:
        segments: of a person, in pixels of the canvas.
        frame: which of their frames.
        canvas: (width, height).
        image: RGBA (H, W, 4), premultiplied. What lies beside an arm and has the colour of the segment behind it, not
            the arm's, is not the arm's: hands are narrower than their segment.
        colours: (S, N, 3) the segments' own, in CIELAB, NaN where not known; if not given, that along the axis.

    Returns:
        (H, W) indices into `SEGMENTS`; all of them 0 where no segment is measured. `MIXED` where the outline of an arm
        has its colour mixed with that of what lies behind.
    """
    head = float(segments.head[frame])
    nearest = np.full((canvas[1], canvas[0]), np.inf, np.float32)
    part_labels: PartLabels = np.zeros(nearest.shape, np.uint8)
    behind = part_labels
    own = np.full((len(SEGMENTS), 1, 3), np.nan) if colours is None else colours
    known = [each[np.isfinite(each).all(axis=1)].astype(np.float32) for each in own]
    seen = None if image is None else lab(image)
    for part, (segment, (start, end)) in enumerate(zip(SEGMENTS, segments.axes[frame], strict=True)):
        if part == ARMS[0]:
            behind = np.where(nearest < REACH, part_labels, np.uint8(MIXED))
        guessed = part in ARMS and np.isnan(segments.views[frame, part]).any()  # an arm that may be behind the trunk
        if np.isnan([*start, *end, head]).any() or head <= 0 or guessed:
            continue
        beyond = max(segment.beyond - CORE * segment.radius, 0) * head  # to the fingertips, to the crown
        along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
        apart = distance_from(start, end + beyond * along, canvas) / np.float32(CORE * segment.radius * head)
        if part in ARMS:  # the last in order
            if segments.depth[frame, part] <= segments.depth[frame, TRUNK]:
                apart[apart < 1] -= 1
            else:
                apart[nearest < 1] = np.inf
        nearer = apart < nearest
        mixed = np.zeros(nearer.shape, bool)
        reach = BESIDE * head
        near = extent_of(nearer, round(AROUND * reach) + 1) if part in ARMS else None
        if image is not None and seen is not None and near is not None:
            opacity = image[..., 3]
            nearer[near], mixed[near] = _by_colour(
                seen[near], opacity[near], nearer[near], apart[near], behind[near], reach, known, part
            )
            apart[nearer] = np.minimum(apart[nearer], nearest[nearer])
        nearest[nearer], part_labels[nearer] = apart[nearer], part
        part_labels[mixed] = MIXED
    return part_labels


def _by_colour(
    colours: FloatArray,
    opacity: Image,
    there: Mask,
    apart: FloatArray,
    behind: PartLabels,
    reach: float,
    known: list[FloatArray],
    arm: int,
) -> tuple[Mask, Mask]:
    """(H, W) the area of an arm with its outline, by colour, and what of the outline does not look like the arm.

    Without pixels that look like the segment behind, and with those around it that look like the arm.
    """
    own = there & (opacity > SOLID) & (apart < apart[there].min(initial=np.inf) + AXIS)
    if not own.any():
        return there, np.zeros_like(there)
    shades = known[arm] if len(known[arm]) else np.median(colours[own], axis=0, keepdims=True)
    from_own = _from_nearest(colours, shades)
    near, around = (widened(there, factor * reach) for factor in (1, AROUND))
    from_behind = np.full(from_own.shape, np.inf, np.float32)
    for part in np.setdiff1d(behind[near], MIXED).tolist():
        beside = around & ~there & (opacity > SOLID) & (behind == part)
        if beside.sum() >= LEAST_PIXELS:
            of_it = near & (behind == part)
            shades = np.vstack([np.median(colours[beside], axis=0), known[part]])
            from_behind[of_it] = _from_nearest(colours[of_it], shades)
    foreign = (from_own > DIFFERENT) & (from_behind < ALIKE * from_own)
    alike = near & (opacity > 0) & (from_own < DIFFERENT) & (from_own < ALIKE * from_behind)
    found = _touching(without_threads(there & ~foreign | alike, int(THREAD * reach)), own)
    outline = widened(found, OUTLINE * reach) & (opacity > SOLID) & (from_behind > DIFFERENT / 2)
    return found | outline, outline & (from_own > DIFFERENT) & (from_own > ALIKE * from_behind)


def _from_nearest(colours: FloatArray, shades: FloatArray) -> FloatArray:
    """(...) distance of colours (..., 3) from the nearest of others (N, 3)."""
    off = [np.square(colours - each).sum(axis=-1) for each in shades.astype(np.float32)]
    return np.asarray(np.sqrt(np.min(off, axis=0)), np.float32)


def lab(image: Image) -> FloatArray:
    """(H, W, 3) CIELAB of an RGBA image, premultiplied."""
    plain = image[..., :3] * (np.float32(1) / np.maximum(image[..., 3:], 1).astype(np.float32))
    return np.asarray(cv2.cvtColor(np.clip(plain, 0, 1), cv2.COLOR_RGB2LAB), np.float32)


def without_threads(mask: Mask, radius: int) -> Mask:
    """A mask without what is no wider than twice a radius, such as the border between hair and skin."""
    kernel = np.ones((2 * radius + 1,) * 2, np.uint8)
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0)


def _touching(mask: Mask, other: Mask) -> Mask:
    """What of a mask hangs together with another one."""
    _, components = cv2.connectedComponents(mask.astype(np.uint8))
    return np.asarray(mask & np.isin(components, np.unique(components[other & mask])))


def widened(mask: Mask, radius: float) -> Mask:
    """A mask (H, W) and what lies within a radius of it; a distance takes no longer for a large one."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= radius)


def unattached(there: Mask, opacity: Image, axes: Numbers) -> Mask:
    """(H, W) what of a place hangs together with none of the axes, such as the other foot beside one.

    Args:
        there: (H, W) the place.
        opacity: (H, W) of the person.
        axes: (N, 2, 2) of the segments that are shown there, in pixels; NaN where not measured.
    """
    _, components = cv2.connectedComponents((there & (opacity > ATTACHED)).astype(np.uint8))
    drawn = np.zeros_like(opacity)
    for start, end in axes[np.isfinite(axes).all(axis=(1, 2))].astype(np.int32):
        cv2.line(drawn, start.tolist(), end.tolist(), [255], THICK)
    on_axes = np.unique(components[drawn > 0])
    attached = np.isin(components, on_axes[on_axes > 0])
    if not attached.any():  # the detector was wrong: nothing is known
        return attached
    return np.asarray(widened((components > 0) & ~attached, BORDER) & ~attached)


def trunk_core(segments: Segments, frame: int, canvas: tuple[int, int]) -> Mask:
    """(H, W) where the trunk lies, whether an arm lies before it or not."""
    start, end = segments.axes[frame, TRUNK]
    return np.asarray(distance_from(start, end, canvas) < CORE * SEGMENTS[TRUNK].radius * segments.head[frame])


def distance_from(start: Numbers, end: Numbers, canvas: tuple[int, int]) -> FloatArray:
    """(H, W) from each pixel's middle to the line from start to end."""
    x = np.arange(canvas[0], dtype=np.float32) + np.float32(0.5 - start[0])
    y = (np.arange(canvas[1], dtype=np.float32) + np.float32(0.5 - start[1]))[:, None]
    u, v = (end - start).astype(np.float32)
    share = np.clip((x * u + y * v) / max(u * u + v * v, np.float32(1e-6)), 0, 1)
    distance: FloatArray = np.sqrt((x - share * u) ** 2 + (y - share * v) ** 2)
    return distance
