"""From measurements of footage to findings and advice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from motion_transfer.footage_check.frames import FrameMeasurements, median
from motion_transfer.footage_check.poses import DIRECTIONS, ENOUGH_SECONDS, HEIGHTS, PoseMeasurements
from motion_transfer.pose.geometry.segments import SEGMENTS
from motion_transfer.types import Mask
from motion_transfer.video.probing.fields import Interlacing

Grade = Literal["good", "warn", "stop"]

SHORT, LONG = 60.0, 180.0  # seconds: shorter footage shows too little; from `LONG` on it is as recommended
LOST, HOPELESS = 0.02, 0.5  # share of frames without the person: gives a warning, leaves too little to train on
OTHERS, MANY_OTHERS = 0.05, 0.3  # share of frames with another person that gives a warning, and that stops the training
HIDDEN = 0.03  # share of the frame whose background is never seen
CUT_OFF, CROPPED = 0.05, 0.5  # share of the person's frames with head or feet outside
SHAKY, MOVING = 0.005, 0.03  # shift of the background, in frame widths, that softens the plate, and that breaks it
KNOWN = 0.1  # share of the frames whose background must be found again to say that the camera stands still
OTHER_VIEW = 0.2  # share of the frames that may show another view
SMALL, TINY = 0.4, 0.15  # height of the person's box as a share of the frame's
LEAST_PIXELS = 64  # of that height: the side of the smallest canvas
VARIED = 5  # combinations of arms that make varied movement
SOFT, UNSHARP = 0.75, 0.55  # sharpness; 0.9 to 1.4 on sharp footage
SMEARED = 0.7  # a frame whose sharpness is below this share of the clip's best is blurred by motion
DIM, CLIPPED = 45.0, 0.2  # median grey level of a person in too little light; share that is black or white
FLICKER, NOISY = 8.0, 5.0  # grey levels by which the background may change over the clip, and of the noise
MOVEMENT = ("camera", "turning", "arms", "places")  # subjects of which a picture tells nothing


@dataclass(frozen=True)
class Finding:
    """What the check says about one subject."""

    about: str
    grade: Grade
    text: str  # what was found
    advice: str = ""  # what to record better; empty where it is good

    def __str__(self) -> str:
        mark = {"good": "ok  ", "warn": "mind", "stop": "STOP"}[self.grade]
        return f"  {mark}  {self.about:<11}{' '.join(filter(None, (self.text, self.advice)))}"


def list_findings(
    poses: PoseMeasurements,
    frames: FrameMeasurements,
    unseen: float,
    several: Mask,
    seconds: float,
    fps: float,
    interlaced: Interlacing = "none",
) -> tuple[Finding, ...]:
    """Turn measurements of a clip of so many seconds into findings, the worst first.

    `unseen` is the share of the background that the person always hides. `several`, (P,), says whether others are in
    each of some frames; empty where they could not be looked for.
    """
    picture = len(poses.present) == 1
    findings = [_person(poses), _view(poses) if picture else _length(seconds * float(poses.present.mean()))]
    if interlaced != "none":
        text = f"The footage is interlaced ({interlaced}); it is deinterlaced, which halves its sharpness."
        findings.append(_fault("fields", text, "Set the camera to progressive (25p, 30p, 50p or 60p)."))
    if poses.present.mean() > 1 - HOPELESS:
        findings += [_people(several), _camera(frames, fps), _background(unseen), _framing(poses), _size(poses)]
        findings += [_parts(poses), _orientation(poses), _arms(poses), _places(poses)]
        findings += [_sharpness(frames), *_light(frames)]
    if picture:
        findings = [finding for finding in findings if finding.about not in MOVEMENT]
    order: dict[Grade, int] = {"stop": 0, "warn": 1, "good": 2}
    return tuple(sorted(findings, key=lambda finding: order[finding.grade]))


def _person(poses: PoseMeasurements) -> Finding:
    lost = 1 - float(poses.present.mean())
    if lost == 1:
        advice = "Record one person, large, from head to feet, well lit."
        return _fault("person", "No person is found in any frame.", advice, stops=True)
    if lost > LOST:
        advice = "Keep the person in the frame, in clothes that stand out from the background."
        return _fault("person", f"No person is found in {lost:.0%} of the frames.", advice, stops=lost >= HOPELESS)
    return _good("person", f"Found in {'all' if lost == 0 else format(1 - lost, '.1%') + ' of the'} frames.")


def _length(seconds: float) -> Finding:
    text = f"The person is seen for {_time(seconds)}."
    if seconds < SHORT:
        return _fault("length", text, "Record at least a minute, better three to ten: only what is seen is learned.")
    return _good("length", text, "" if seconds >= LONG else "Three minutes or more are better.")


def _view(poses: PoseMeasurements) -> Finding:
    side = DIRECTIONS[int(poses.directions.argmax())] if poses.directions.any() else "side"
    advice = "All else is guessed from it; ten seconds of video, turning round once, show far more."
    return _fault("length", f"A picture shows the person once, from the {side}.", advice)


def _people(several: Mask) -> Finding:
    if not len(several):
        return _good("people", "Other people were not looked for.")
    share = float(several.mean())
    if share <= OTHERS:
        return _good("people", "One person only.")
    text = f"More than one person is seen in {share:.0%} of the probed frames."
    advice = "Record one person alone: poses jump between people, and the others become part of the background."
    return _fault("people", text, advice, stops=share > MANY_OTHERS)


def _camera(frames: FrameMeasurements, fps: float) -> Finding:
    known = frames.shift[~np.isnan(frames.shift)]
    elsewhere = float(np.isinf(known).mean()) if len(known) else 0.0
    shift = float(np.percentile(known[np.isfinite(known)], 95)) if np.isfinite(known).any() else 0.0
    advice = "Put the camera on a tripod and lock zoom and focus."
    amount = f"the background shifts by {shift:.1%} of the width"
    if elsewhere > OTHER_VIEW:
        return _fault("camera", f"{elsewhere:.0%} of the frames show another background.", advice, stops=True)
    if shift > MOVING:
        return _fault("camera", f"The camera moves: {amount}.", advice, stops=True)
    if frames.cuts:
        when = ", ".join(_time(cut / fps) for cut in frames.cuts[:4]) + (" ..." if len(frames.cuts) > 4 else "")
        count = f"{len(frames.cuts)} cuts" if len(frames.cuts) > 1 else "A cut"
        text = f"{count} (at {when}){', and ' + amount if shift > SHAKY else ''}."
        return _fault("camera", text, "Record in one take: what stands elsewhere after a cut blurs the background.")
    if shift > SHAKY:
        return _fault("camera", f"The camera is not quite still: {amount}.", advice)
    if len(known) < KNOWN * len(frames.shift):
        return _good("camera", "No cuts; the background is too plain to show whether the camera moves.")
    return _good("camera", "Stands still, no cuts.")


def _background(unseen: float) -> Finding:
    if unseen <= 0.0005:
        return _good("background", "All of it is seen.")
    text = f"{unseen:.1%} of the frame is always hidden by the person, and filled from around."
    if unseen <= HIDDEN:
        return _good("background", text)
    return _fault(
        "background", text, "Walk out of the frame once, or to both sides, so that the camera sees all of it."
    )


def _framing(poses: PoseMeasurements) -> Finding:
    shares = poses.cut_off
    cut_off = [part for part in ("head", "feet") if shares[part] > CUT_OFF]
    if cut_off:
        parts = " and ".join(f"the {part} in {shares[part]:.0%}" for part in cut_off)
        advice = "Step back or turn the camera upright, so that head and feet always stay inside with some margin."
        stops = max(shares[part] for part in cut_off) > CROPPED
        return _fault("framing", f"The frame cuts off {parts} of the frames.", advice, stops=stops)
    if shares["hands"] > CUT_OFF:
        text = f"A hand leaves the frame in {shares['hands']:.0%} of the frames."
        return _fault("framing", text, "Keep space for stretched arms, above and at the sides.")
    return _good("framing", "The entire body is in the frame.")


def _size(poses: PoseMeasurements) -> Finding:
    height = float(np.nanmedian(poses.height))
    pixels = height * poses.size[1]
    if pixels < LEAST_PIXELS:
        text = f"The person is {pixels:.0f} pixels tall; expected {LEAST_PIXELS} at least."
        return _fault("size", text, "Come nearer, or give a larger picture.", stops=True)
    text = f"The person fills {height:.0%} of the frame's height."
    if height >= SMALL:
        return _good("size", text)
    return _fault("size", text, "Come nearer: face and hands have too few pixels.", stops=height < TINY)


def _parts(poses: PoseMeasurements) -> Finding:
    least = min(ENOUGH_SECONDS, float(poses.parts.max()))  # of a picture, a moment is all
    rare = [part.name for part, seconds in zip(SEGMENTS, poses.parts, strict=True) if seconds < least]
    if not rare:
        return _good("parts", "Every part of the body is seen.")
    advice = "Show them, uncovered and large enough: what is never seen cannot be shown in a dance."
    return _fault("parts", f"Hardly seen at all: {_listed(rare, 'and')}.", advice)


def _orientation(poses: PoseMeasurements) -> Finding:
    missing = [name for name, seconds in zip(DIRECTIONS, poses.directions, strict=True) if seconds < ENOUGH_SECONDS]
    text = f"Seen from {len(DIRECTIONS) - len(missing)} of {len(DIRECTIONS)} directions"
    if not missing:
        return _good("turning", f"{text}.")
    advice = "Turn all the way round, slowly, several times."
    return _fault("turning", f"{text}; hardly from {_listed(missing, 'and')}.", advice)


def _arms(poses: PoseMeasurements) -> Finding:
    bins = int((poses.arms >= ENOUGH_SECONDS).sum())
    seconds = np.minimum(poses.arms.sum(axis=1), poses.arms.sum(axis=0))
    rare = [name for name, least in zip(HEIGHTS, seconds, strict=True) if least < ENOUGH_SECONDS]
    text = f"{bins} of 9 combinations of arms down, level and up are shown"
    if rare:
        text = f"{text}; an arm is hardly ever {_listed(rare, 'or')}."
        return _fault("arms", text, "Drop, extend and raise both arms.")
    if bins < VARIED:
        return _fault("arms", f"{text}.", "Move the arms one by one too.")
    sides = zip(DIRECTIONS[::2], poses.directions[::2], poses.raised, strict=True)
    if unseen := [side for side, seconds, up in sides if up < ENOUGH_SECONDS <= seconds]:
        text = f"{text}; raised ones are hardly seen from {_listed(unseen, 'and')}."
        return _fault("arms", text, "Keep moving the arms while you turn.")
    return _good("arms", f"{text}.")


def _places(poses: PoseMeasurements) -> Finding:
    rows, columns = (int((poses.places.sum(axis=axis) >= ENOUGH_SECONDS).sum()) for axis in (1, 0))
    if min(rows, columns) > 1:
        return _good("places", "The person moves about.")
    one = "nearer and back" if rows > 1 else "aside"
    steps = "steps neither aside nor nearer" if max(rows, columns) < 2 else f"only steps {one}"
    return _fault("places", f"The person {steps}.", "Step to both sides, towards the camera and away.")


def _sharpness(frames: FrameMeasurements) -> Finding:
    known = frames.sharpness[np.isfinite(frames.sharpness)]
    if not len(known):
        return _good("sharpness", "Could not be measured.")
    sharp, best = float(np.median(known)), float(np.percentile(known, 90))
    if sharp < SOFT:
        word = "blurred" if sharp < UNSHARP else "soft"
        advice = "Lock the focus on the person, clean the lens, record at a higher resolution or bitrate."
        return _fault("sharpness", f"The person is {word}.", advice, stops=sharp < UNSHARP / 2)
    smeared = float((known < SMEARED * best).mean())
    if smeared > 0.1:
        text = f"Movement is blurred in {smeared:.0%} of the frames."
        return _fault("sharpness", text, "More light and a shutter of 1/250 s or faster.")
    return _good("sharpness", "The person is sharp.")


def _light(frames: FrameMeasurements) -> Iterator[Finding]:
    light, clipped, noise = (median(values) for values in (frames.light, frames.clipped, frames.noise))
    if light is not None and light < DIM:
        yield _fault("light", "The person is dark.", "More light from the front, or clothes less dark.")
    elif clipped is not None and clipped > CLIPPED:
        text = f"{clipped:.0%} of the person is plain black or white."
        yield _fault("light", text, "Even light, and exposure set on the person.")
    elif noise is not None and noise > NOISY:
        yield _fault("light", f"The picture is noisy ({noise:.0f} of 255 grey levels).", "More light.")
    else:
        yield _good("light", "Light and exposure are fine.")
    background = frames.background[np.isfinite(frames.background)]
    if len(background) and not np.isinf(frames.shift).any():
        change = float(np.ptp(np.percentile(background, [5, 95])))
        if change > FLICKER:
            text = f"The background's brightness changes by {change:.0f} of 255 grey levels."
            yield _fault("exposure", text, "Lock exposure and white balance; no clouds, no flickering lamps.")


def _good(about: str, text: str, advice: str = "") -> Finding:
    return Finding(about, "good", text, advice)


def _fault(about: str, text: str, advice: str, *, stops: bool = False) -> Finding:
    return Finding(about, "stop" if stops else "warn", text, advice)


def _listed(words: Sequence[str], joint: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{int(seconds // 60)} min {int(seconds % 60)} s"
