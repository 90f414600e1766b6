"""The footage check: whether footage is worth training on."""

from motion_transfer.footage_check.check import FootageCheck, assess, check_footage, refuse_unusable
from motion_transfer.footage_check.frames import FrameMeter

__all__ = ["FootageCheck", "FrameMeter", "assess", "check_footage", "refuse_unusable"]
