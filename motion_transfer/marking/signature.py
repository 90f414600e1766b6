"""Signatures that stand beside what is signed, for files that cannot carry Content Credentials."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from motion_transfer.marking.identity import Identity, known_authorities

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

HASHES = {"es256": "SHA256", "es384": "SHA384", "es512": "SHA512", "ps256": "SHA256"}


@dataclass(frozen=True)
class Signer:
    """Who signed."""

    name: str  # as the certificate says
    known: bool  # the certificate is of an authority that this machine signs with


def sign_bytes(data: bytes, identity: Identity) -> dict[str, str]:
    """A signature, with its certificates, as JSON values."""
    from cryptography.hazmat.primitives import serialization

    key: Any = serialization.load_pem_private_key(identity.key, None)
    return {
        "algorithm": identity.algorithm,
        "certificates": identity.certificates.decode(),
        "value": base64.b64encode(key.sign(data, *_scheme(identity.algorithm))).decode(),
    }


def check_signature(data: bytes, signature: Any) -> Signer:
    """Who signed `data`, by what `sign_bytes` gave.

    Raises:
        ValueError: it is no signature, not of this data, or of a certificate that has expired; the message says which.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.x509.oid import NameOID

    try:
        own, *others = x509.load_pem_x509_certificates(signature["certificates"].encode())
        scheme, value = _scheme(signature["algorithm"]), base64.b64decode(signature["value"], validate=True)
        key: Any = own.public_key()
        key.verify(value, data, *scheme)
    except InvalidSignature:
        raise ValueError("the signature is not of this content") from None
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as error:
        raise ValueError("the signature is damaged") from error
    if not own.not_valid_before_utc <= datetime.now(UTC) <= own.not_valid_after_utc:
        raise ValueError(f"the certificate of the signature expired on {own.not_valid_after_utc:%Y-%m-%d}")
    names = [own.subject.get_attributes_for_oid(oid) for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)]
    return Signer(", ".join(str(each[0].value) for each in names if each) or "no name", _is_known(own, others))


def _scheme(algorithm: str) -> tuple[Any, ...]:
    """The arguments beside data and signature."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    if algorithm == "ed25519":
        return ()
    digest = getattr(hashes, HASHES[algorithm])()
    if algorithm == "ps256":
        return padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH), digest
    return (ec.ECDSA(digest),)


def _is_known(own: "Certificate", others: "list[Certificate]") -> bool:
    """Whether each certificate was issued by the next one, and the last one, or its issuer, is known here."""
    from cryptography import x509

    known = [x509.load_pem_x509_certificate(each.encode()) for each in known_authorities()]
    for issuer in [*others, None]:
        if own in known or any(_issued(own, each) for each in known):
            return True
        if issuer is None or not _issued(own, issuer):
            return False
        own = issuer
    return False


def _issued(own: "Certificate", issuer: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        own.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
