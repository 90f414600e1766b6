"""Make one person perform another person's dance.

The public names, each declared once in `__init__.pyi`, are imported when they are first used, so that
`import motion_transfer` costs nothing::

    import motion_transfer as mt

    subject = mt.train(Path("me.mp4"), Path("me"))
    mt.transfer(Path("dance.mp4"), subject, Path("me-dancing.mp4"))
"""

import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

# Before torch is loaded. Threads that wait by spinning slow each other down where the machine is shared
# (docs/decisions.md); torch's own wait so in whatever has imported it first.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_STUB = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
_HOMES = {name: module for module, name in re.findall(r"^from (\S+) import (\w+)", _STUB, re.MULTILINE)}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
