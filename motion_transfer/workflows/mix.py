"""Mixing two subjects: the face of one, the clothes of the other, a body between both."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from motion_transfer.errors import ConfigError, SubjectError
from motion_transfer.exemplars.bank import ExemplarBank
from motion_transfer.exemplars.cutout import Cutout, reframe
from motion_transfer.exemplars.mixing.people import mix_exemplars
from motion_transfer.files import atomic_folder, check_folder
from motion_transfer.loading import shown
from motion_transfer.marking.consent import consent_of
from motion_transfer.pose import BodyStats
from motion_transfer.pose.normalisation.bones import bone_ratios
from motion_transfer.progress import ProgressCallback, no_progress
from motion_transfer.subject import Subject, load_subject, save_subject
from motion_transfer.types import Image, Size, StrPath
from motion_transfer.workflows.record import version_record, write_preview

PREVIEW_COLUMNS = 6
CONSENT = ("name", "how", "date", "salt")


def mix(
    face: StrPath,
    clothes: StrPath,
    out: StrPath,
    *,
    share: float = 0.0,
    progress: ProgressCallback = no_progress,
) -> Subject:
    """Make a subject with the head of one and the clothes of another. Nothing is trained.

    Network, canvas, resolution, background and place are those of `clothes`; their skin takes the tone of the face.

    Args:
        face: folder of the subject whose face, hair and hat are shown.
        clothes: folder of the subject whose clothes are shown.
        out: folder of the new subject; written atomically.
        share: whose lengths the body has, from 0 (those of `clothes`) to 1 (those of `face`).
        progress: called with (stage, done, total).

    Returns:
        The subject, as it was saved. `record["mixed"]` says what of.

    Raises:
        ConfigError: `share` is out of its range.
        SubjectError: one of the two is missing, damaged or without exemplars, or the face is never seen from a side
            from which the clothes are.
        OutputError: `out` exists already, or cannot be written.
    """
    face, clothes, out = Path(face), Path(clothes), Path(out)
    if not 0 <= share <= 1:
        raise ConfigError(f"`share` is {shown(share)}; expected a number from 0 to 1.")
    check_folder(out, inputs=(face, clothes))
    (one, heads), (other, bodies) = (_load(folder) for folder in (face, clothes))
    enlarge = bone_ratios(one.body.bones, other.body.bones)["head"] ** (1 - share)
    mixed = mix_exemplars(heads, bodies, enlarge, progress)
    if not len(mixed):
        raise SubjectError(
            f"{face} is never seen from a side from which {clothes} is, so no exemplar can show the face of one and "
            "the clothes of the other. Train a subject on footage that shows them from more sides."
        )
    origins = {role: {"name": each.title, "sha256": each.sha256} for role, each in (("face", one), ("clothes", other))}
    record = version_record() | {"mixed": origins | {"share": share}} | _kept(one.record, other.record)
    body = mix_bodies(one.body, other.body, share)
    subject = replace(other, body=body, exemplars=mixed, record=record)
    with atomic_folder(out) as folder:
        save_subject(folder, subject)
        write_preview(folder, _preview(bodies, mixed))
    return load_subject(out)


def mix_bodies(face: BodyStats, clothes: BodyStats, share: float) -> BodyStats:
    """The body of `clothes` with its bones' lengths changed towards those of `face`, by a share from 0 to 1.

    A length that only one of them is known to have is theirs.
    """
    both = {
        name: (1 - share) * length + share * face.bones[name]
        for name, length in clothes.bones.items()
        if name in face.bones
    }
    return replace(clothes, bones={**face.bones, **clothes.bones, **both})


def _load(folder: Path) -> tuple[Subject, ExemplarBank]:
    subject = load_subject(folder)
    if subject.exemplars is None:
        raise SubjectError(
            f"{folder} has no exemplars: its network draws from the pose alone, so there is no face and there are no "
            "clothes to take from it. Give a subject whose `model.exemplars` is not 0, as the default pipeline trains."
        )
    return subject, subject.exemplars


def _kept(face: dict[str, Any], clothes: dict[str, Any]) -> dict[str, Any]:
    """What holds of the mix too: the clothes' base weights, and the consent of both where both gave it."""
    kept = {"base": clothes["base"]} if "base" in clothes else {}
    both = consent_of(face), consent_of(clothes)
    if all(both):
        kept["consent"] = {key: "; ".join(each.get(key, "") for each in both if each) for key in CONSENT}
    return kept


def _preview(clothes: ExemplarBank, mixed: ExemplarBank) -> list[list[Image]]:
    """Exemplars of the clothes, and below them what became of each, on the canvas."""
    chosen = np.linspace(0, len(mixed) - 1, PREVIEW_COLUMNS).round().astype(int).tolist()
    before = np.searchsorted(clothes.instants, mixed.instants[chosen]).tolist()
    return [
        [_on_grey(bank.small[k], bank.canvas) for k in columns]
        for bank, columns in ((clothes, before), (mixed, chosen))
    ]


def _on_grey(cutout: Cutout, canvas: Size) -> Image:
    low = np.rint(-cutout.origin).astype(np.int64)
    image = reframe(cutout, low, low + np.array(canvas)).image
    return image[..., :3] + (255 - image[..., 3:]) // 2
