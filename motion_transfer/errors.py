"""Every error that bad input can cause, as one tree.

    MotionTransferError
    ├── VideoError      a video cannot be read, or a result cannot be written as one
    ├── PoseError       poses cannot be found or read, or do not fit the clip
    ├── SubjectError    a subject folder that is incomplete, damaged or of another version
    ├── ConfigError     a setting or pipeline that does not exist or cannot work
    ├── CheckpointError a file of weights that is damaged, of another network, or could run code
    ├── TrainingError   training cannot start, or cannot go on
    ├── EvaluationError videos that cannot be compared
    └── OutputError     a result cannot be written
        └── DiskFullError   no space is left, so nothing else can be written there either

A message names the file, says what was found, what was expected and what to do. The command line
prints ``KindOfError: message`` and exits with 2.
"""


class MotionTransferError(Exception):
    """Something the user gave cannot be used; the message says what, why and what to do."""


class VideoError(MotionTransferError):
    """A video cannot be read, or frames cannot be encoded."""


class PoseError(MotionTransferError):
    """Poses cannot be found, read or used."""


class SubjectError(MotionTransferError):
    """A subject folder cannot be used."""


class ConfigError(MotionTransferError):
    """A setting or a pipeline cannot be used."""


class CheckpointError(MotionTransferError):
    """A file of weights cannot be used."""


class TrainingError(MotionTransferError):
    """Training cannot start or go on."""


class EvaluationError(MotionTransferError):
    """Videos that cannot be compared, or not in the way that was asked for."""


class OutputError(MotionTransferError):
    """A result cannot be written where it was asked for."""


class DiskFullError(OutputError):
    """There is no space left for a result."""
