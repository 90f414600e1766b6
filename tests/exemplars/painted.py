"""Exemplars of painted people, whose colours are known exactly."""

from fractions import Fraction

import cv2
import numpy as np

from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.cutout import Cutout
from motion_transfer.pose.geometry.segments import SegmentTrack
from motion_transfer.pose.geometry.viewport import Viewport, frame_boxes
from motion_transfer.pose.skeleton import OPENPOSE_137 as SKELETON
from tests.drawn_world import turning

CANVAS = (96, 128)


def paint(skin, hair, clothes, *, angles=(0.0, 0.0), scale=2, hair_length=0.0, canvas=CANVAS, height=88.0):
    """The exemplars of a person who turns by some angles, painted at `scale` pixels to one of the canvas.

    Hair falls by `hair_length` heights of the head below the middle of the head.
    """
    poses = turning(len(angles), canvas, Fraction(5), height=height, angle=np.array(angles), arms=40.0)
    track = SegmentTrack(poses, Viewport(frame_boxes(poses), canvas))
    segments = track.at(np.arange(len(angles)))
    cutouts = []
    for xy, head, angle in zip(poses.xy, segments.head, angles, strict=True):
        image = np.zeros((scale * canvas[1], scale * canvas[0], 4), np.uint8)

        def at(joint, xy=xy):
            return xy[SKELETON.index(joint)] * scale

        def line(start, end, width, colour, image=image, head=head, at=at):
            ends = [tuple(np.rint(at(each)).astype(int).tolist()) for each in (start, end)]
            cv2.line(image, *ends, (*colour, 255), max(1, round(width * head * scale)))

        middle = (at("right_eye") + at("left_eye")) / 2
        for side in ("right", "left"):
            line(f"{side}_shoulder", f"{side}_wrist", 0.3, skin)
            line(f"{side}_hip", f"{side}_ankle", 0.5, clothes)
        line("neck", "mid_hip", 1.2, clothes)
        line("right_shoulder", "left_shoulder", 0.3, clothes)
        x, y = np.rint(middle).astype(int).tolist()
        radius = round(0.5 * head * scale)
        if hair_length:
            cv2.rectangle(image, (x - radius, y), (x + radius, y + round(hair_length * head * scale)), (*hair, 255), -1)
        line("neck", "nose", 0.4, skin)
        cv2.circle(image, (x, y), radius, (*hair, 255), -1)
        if abs(angle) < 90:
            cv2.ellipse(image, (x, y), (round(0.7 * radius), round(0.9 * radius)), 0, 0, 360, (*skin, 255), -1)
        cutouts.append(Cutout(image, np.array([scale, scale], np.float64), np.zeros(2)))
    return ExemplarBank(tuple(cutouts), segments, np.arange(len(angles)), canvas)


def share_of(bank, colour, k=0):
    """The share of exemplar k's pixels that have about a colour."""
    image = bank.cutouts[k].image.astype(int)
    return float((np.abs(image[..., :3] - colour).max(axis=2)[image[..., 3] > 250] < 24).mean())
