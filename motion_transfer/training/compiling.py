"""Errors of torch.compile."""

from motion_transfer.errors import TrainingError

PARTS = ("torch._dynamo", "torch._inductor", "triton")
"""Packages whose errors are those of `torch.compile`."""


def compiler_failure(error: Exception) -> TrainingError | None:
    """The error to raise for one that compiling has caused; None if it is another one."""
    if not type(error).__module__.startswith(PARTS):
        return None
    reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return TrainingError(
        f"train.compile is true, but the networks cannot be compiled here ({reason}). "
        "Install what torch.compile needs, a C++ compiler and on a GPU Triton, or omit the setting: it changes "
        "nothing but the speed."
    )
