"""The footage check: is this footage worth training on?"""

from motion_transfer.footage_check.check import FootageCheck, check_footage, refuse_hopeless

__all__ = [
    "FootageCheck",
    "check_footage",
    "refuse_hopeless",
]
