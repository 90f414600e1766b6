"""The run folder: checkpoints, log, validation sheets, lock."""
