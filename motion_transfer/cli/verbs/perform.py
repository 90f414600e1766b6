"""`motion-transfer perform`, and `motion-transfer DANCE --person FOOTAGE --out OUT`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path

from tyro.conf import Positional

from motion_transfer.cli.arguments import Cached, Common, Placement, parse_command
from motion_transfer.cli.verbs.train import ask_consent, show_check
from motion_transfer.cli.verbs.transfer import print_result
from motion_transfer.config import EncodeSettings, NormaliseSettings, PoseSettings
from motion_transfer.config.options import LARGEST, FootageOptions, ResultOptions, TransferOptions
from motion_transfer.config.stages import Minutes


@dataclass(frozen=True, kw_only=True)
class Perform(Placement, ResultOptions, FootageOptions, Cached, Common):
    """Make the person of some footage perform a dance: train and transfer in one. The verb may be left out.

    The subject is kept beside the footage and used again. Run again after an interruption, it goes on.
    """

    dance: Positional[Path]
    """Video of the dance."""
    person: Path
    """Video of the target person, ten seconds or more, or a picture (PNG, JPEG, WebP)."""
    out: Path
    """The video to write."""
    subject: Path | None = None
    """Folder of the subject that is made or used again; beside the footage if not given, such as me.subject."""
    minutes: Minutes = 0.0
    """How long to train the subject, in all; 0: not at all."""
    dancer: str = LARGEST
    """Which of several dancers: largest, centre, left, right, or a number."""
    pipeline: str = "default"
    """Name of a pipeline, or a TOML file."""
    pose: PoseSettings = field(default_factory=PoseSettings)
    """Pose estimation."""
    normalise: NormaliseSettings = field(default_factory=NormaliseSettings)
    """Moving the dancer to the subject's place and size."""
    encode: EncodeSettings = field(default_factory=EncodeSettings)
    """The output video."""


def perform(arguments: Sequence[str]) -> None:
    """Make or find the subject, and transfer."""
    command, pipeline = parse_command(Perform, arguments)
    from motion_transfer.pose.tracking.selection import check_person
    from motion_transfer.pose_cache import open_cache
    from motion_transfer.workflows.perform import perform, subject_folder

    check_person(command.dancer)
    shown = {option.name: getattr(command, option.name) for option in fields(ResultOptions)}
    folder = command.subject or subject_folder(command.person)
    with command.progress() as progress:
        done = perform(
            command.dance,
            command.person,
            command.out,
            TransferOptions(person=command.dancer, **shown),
            pipeline=pipeline,
            minutes=command.minutes,
            subject=folder,
            force=command.force,
            consent=command.consent or ask_consent(folder, quiet=command.quiet),
            inspect=partial(show_check, folder, force=command.force, quiet=command.quiet),
            cache=open_cache(command.cache),
            progress=progress,
        )
    print_result(command, done, subject=folder)
