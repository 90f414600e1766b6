"""Every error that bad input can cause, as one tree.

A message names the file, says what was found, what was expected and what to do. The command line
prints ``KindOfError: message`` and exits with 2.
"""


class MotionTransferError(Exception):
    """Something the user gave cannot be used; the message says what, why and what to do."""


class VideoError(MotionTransferError):
    """A video cannot be read, or a result cannot be written as one."""


class PoseError(MotionTransferError):
    """Poses cannot be found or read, or do not fit the clip."""


class SubjectError(MotionTransferError):
    """A subject folder that is incomplete, damaged or of another version."""


class ConfigError(MotionTransferError):
    """A setting or pipeline that does not exist or cannot work."""


class CheckpointError(MotionTransferError):
    """A file of weights that is damaged, of another network, or could run code."""


class TrainingError(MotionTransferError):
    """Training cannot start, or cannot go on."""


class EvaluationError(MotionTransferError):
    """Videos that cannot be compared, or not in the way that was asked for."""


class OutputError(MotionTransferError):
    """A result cannot be written where it was asked for."""


class DiskFullError(OutputError):
    """No space is left for a result, so nothing else can be written there either."""
