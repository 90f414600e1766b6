"""Content Credentials (C2PA): written into a result, and read. No network is used."""

import io
import json
from pathlib import Path
from typing import Any, BinaryIO

from motion_transfer.errors import ConfigError
from motion_transfer.marking.identity import Identity, known_authorities
from motion_transfer.marking.statement import CONSENT, Claim, Ingredient, Statement

TYPES = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime"}
"""The containers of results that carry Content Credentials."""

SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
    # By default a video is held in memory twice while it is signed, and once while it is read.
    "core": {"backing_store_memory_threshold_in_mb": 4, "merkle_tree_chunk_size_in_kb": 4096},
}

UNKNOWN_SIGNER = "signingCredential.untrusted"
PROBLEMS = {
    **dict.fromkeys(
        ("assertion.bmffHash", "assertion.dataHash", "assertion.boxesHash"),
        "the content was changed after it was signed",
    ),
    "assertion.hashedURI": "what is claimed was changed after it was signed",
    "claimSignature.mismatch": "the signature does not fit",
    "signingCredential.expired": "the certificate has expired",
}
"""What is usually wrong, by the beginning of C2PA's code for it."""

EMPTY_PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360"
    "00000002000148afa4710000000049454e44ae426082"
)
"""A PNG of one pixel, to try a signature on."""


def check_identity(identity: Identity) -> None:
    """Try a signature.

    Raises:
        ConfigError: the certificate is not one for Content Credentials.
    """
    import c2pa

    try:
        _sign(Statement(), "trial", identity, "image/png", io.BytesIO(EMPTY_PICTURE), io.BytesIO())
    except c2pa.C2paError as error:
        raise ConfigError(
            f"`sign_with`: its certificate cannot sign Content Credentials ({error}). Expected one with the uses "
            "digital signature and e-mail protection or document signing."
        ) from error


def sign(source: Path, signed: Path, statement: Statement, identity: Identity, title: str) -> None:
    """Write `signed`: the video `source` with Content Credentials.

    Raises:
        OSError: it could not be signed.
    """
    import c2pa

    try:
        with source.open("rb") as unsigned, signed.open("w+b") as out:
            _sign(statement, title, identity, TYPES[source.suffix.lower()], unsigned, out)
    except c2pa.C2paError as error:
        raise OSError(str(error)) from error


def _sign(statement: Statement, title: str, identity: Identity, kind: str, source: BinaryIO, signed: BinaryIO) -> None:
    import c2pa

    key = c2pa.C2paSignerInfo(identity.algorithm, identity.certificates, identity.key, None)
    with c2pa.Signer.from_info(key) as signer, c2pa.Context.from_dict(SETTINGS) as context:
        c2pa.Builder(statement.manifest(title), context=context).sign(signer, kind, source, signed)


def read_credentials(file: BinaryIO) -> Claim | None:
    """The Content Credentials of an open file; None where it has none, or is of a kind that carries none."""
    import c2pa

    settings: dict[str, Any] = SETTINGS
    if authorities := known_authorities():
        settings = SETTINGS | {"trust": {"user_anchors": "".join(authorities)}}
    try:
        with c2pa.Context.from_dict(settings) as context:
            reader = c2pa.Reader.try_create(file, context=context)
            if reader is None:
                return None
            with reader:
                return _claim(json.loads(reader.json()))
    except (c2pa.C2paError.NotSupported, c2pa.C2paError.Io, c2pa.C2paError.Other):
        return None
    except (c2pa.C2paError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Claim("", (), (), "", problems=(f"they are damaged ({error})",))


def _claim(store: dict[str, Any]) -> Claim:
    manifest: dict[str, Any] = store["manifests"][store["active_manifest"]]
    checked: dict[str, Any] = store["validation_results"]["activeManifest"]
    assertions = {each["label"]: each["data"] for each in manifest["assertions"]}
    actions = [act for label, data in assertions.items() if label.startswith("c2pa.actions") for act in data["actions"]]
    program: dict[str, str] = next(iter(manifest.get("claim_generator_info", [])), {})
    signature = manifest["signature_info"]
    return Claim(
        f"{program.get('name', 'an unnamed program')} {program.get('version', '')}".strip(),
        tuple(str(act["digitalSourceType"]) for act in actions if "digitalSourceType" in act),
        tuple(map(_ingredient, manifest.get("ingredients", []))),
        str(assertions.get(CONSENT, {}).get("sha256", "")),
        ", ".join(filter(None, (signature.get("issuer"), signature.get("common_name")))) or "no name",
        any(each["code"] == "signingCredential.trusted" for each in checked["success"]),
        tuple(map(_problem, (each for each in checked["failure"] if each["code"] != UNKNOWN_SIGNER))),
    )


def _ingredient(values: dict[str, Any]) -> Ingredient:
    scheme, _, sha256 = str(values.get("instance_id", "")).partition(":")
    role = str(values.get("description", "ingredient"))
    return Ingredient(role, str(values.get("title", "")), sha256 if scheme == "sha256" else "")


def _problem(failure: dict[str, Any]) -> str:
    """What is wrong, in words where it is usual, and where."""
    code = failure["code"]
    words = next((text for start, text in PROBLEMS.items() if code.startswith(start)), "they do not hold")
    return f"{words} ({code} at {str(failure.get('url')).rpartition('/')[2]})"
