"""The options of a workflow, beside its files and its pipeline.

Declared once for the Python API, the command line, a manifest's line and the studio. The text under a field is its
help on the command line.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from motion_transfer.config.checking import check_fields
from motion_transfer.limits import SECONDS, STEPS, WORKERS

Seconds = Annotated[float, Field(ge=0, le=SECONDS)]
Duration = Annotated[float, Field(gt=0, le=SECONDS)]
Steps = Annotated[int, Field(ge=1, le=STEPS)]
Count = Annotated[int, Field(ge=1, le=WORKERS)]
Gpus = Annotated[float, Field(gt=0, le=WORKERS)]

Engine = Literal["local", "ray"]
Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
Fit = Literal["none", "smaller", "extend"]  # what is done about a person who leaves the subject's frame

LARGEST = "largest"  # the choice among several people by default
AUTO_FORMAT = "auto"  # the format of pose files that is guessed


@dataclass(frozen=True, kw_only=True)
class PosesFormat:
    """How given poses are read."""

    poses_format: str = AUTO_FORMAT
    """What is known of given poses in JSON, with commas between: their layout (body_25, body_25b, coco_17, ...), pixels
    or shares, gaps for missing files that are frames without people; auto guesses and tells (docs/pose.md)."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """Where networks run."""

    device: str | None = None
    """cpu, cuda, cuda:1, mps; the fastest available if not given."""


@dataclass(frozen=True, kw_only=True)
class MarkingOptions:
    """How a result says that it was generated."""

    credentials: bool = True
    """Sign the result with Content Credentials, which say how and from what it was made. Without, it only has a tag."""
    sign_with: str | None = None
    """PEM file of the private key and the certificates to sign with; $MOTION_TRANSFER_SIGN_WITH, or a local certificate
    that is made at first use, if not given."""
    label: str | None = None
    """Text to be seen in the picture, such as "AI-generated"."""
    label_corner: Corner = "bottom-right"
    """Where it stands."""


@dataclass(frozen=True, kw_only=True)
class ResultOptions(Device, MarkingOptions):
    """What a result shows of the dance, and around the person."""

    start: Seconds | None = None
    """Second of the dance to begin at; its beginning if not given."""
    end: Seconds | None = None
    """Second of the dance to stop at; its end if not given."""
    side_by_side: bool = False
    """Show source, pose and result beside each other, instead of the result alone."""
    background: str = "subject"
    """What stands behind the person: the subject's own background, "source" for the dance's, "transparent" for none
    (into .webm or .mov), a colour such as "#rrggbb", an image or a video."""
    fit: Fit = "none"
    """What is done where the person would leave the footage's frame: "none" only says so; "smaller" moves them inside,
    and makes them smaller for the entire clip as far as that is needed; "extend" continues the background beyond the
    frame, which makes the result larger."""


@dataclass(frozen=True)
class TransferOptions(PosesFormat, ResultOptions):
    """How one dance is transferred."""

    person: str = LARGEST
    """Which of several dancers: largest, centre, left, right, or a number."""

    def __post_init__(self) -> None:
        check_fields(self, TransferOptions)


@dataclass(frozen=True, kw_only=True)
class FootageOptions:
    """What is known of the footage and of the person in it."""

    force: bool = False
    """Train although the footage check advises against it."""
    consent: str | None = None
    """Who agreed to be shown, how and on which day: "NAME, in writing, 2026-11-20". Kept in the subject."""


@dataclass(frozen=True)
class TrainOptions(PosesFormat, Device, FootageOptions):
    """How a subject is trained."""

    person: str = LARGEST
    """Which of several people in the footage: largest, centre, left, right, or a number."""

    def __post_init__(self) -> None:
        check_fields(self, TrainOptions)


@dataclass(frozen=True)
class WorkerOptions:
    """How the jobs of a batch are distributed and repeated."""

    engine: Engine = "local"
    """local: processes on this machine; ray: a Ray cluster."""
    address: str | None = None
    """Address of the Ray cluster; a local one is started if not given."""
    gpus: Gpus = 1.0
    """Share of a GPU that a Ray worker takes, where there are some."""
    workers: Count | None = None
    """Tasks at a time; one for each GPU, or else for each core, if not given."""
    retry: bool = False
    """Repeat what failed and has not changed since."""
    fail_fast: bool = False
    """Begin nothing more after the first failure."""
    allow_outside: bool = False
    """Let outputs be written outside of --out: to absolute paths, and to addresses."""
    allow_web: bool = False
    """Fetch sources from servers that a manifest names: http, https, ftp and others."""
    timeout: Duration | None = None
    """Seconds that finding the poses of a clip, a transfer, or a training may take."""
    device: str | None = None
    """cpu, cuda, cuda:1, mps; the fastest available, and all GPUs in turn, if not given."""

    def __post_init__(self) -> None:
        check_fields(self, WorkerOptions)
