"""Who signs: a private key and its certificates, in one PEM file.

The user's own, or a local one that is made at first use: a certificate, and the authority that issued it, whose key is
not kept. They name the program and no person. They show that a result is unchanged and, on the machine where they
lie, that it was made there.
"""

import os
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from motion_transfer.errors import ConfigError
from motion_transfer.limits import TEXT_BYTES
from motion_transfer.loading import Expected, read_bytes
from motion_transfer.types import StrPath
from motion_transfer.unfinished import temporary_path
from motion_transfer.user_dirs import config_dir

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, Name

SIGN_WITH = "MOTION_TRANSFER_SIGN_WITH"
"""The environment variable that names the PEM file to sign with."""

LOCAL = "signing.pem"
YEARS = 10
"""How long the local certificate holds. There is no time stamp, so what it has signed is taken for valid as long."""

EXPECTED = Expected(
    "a PEM file with a private key, its certificate and those of its authorities",
    ConfigError,
    f"Correct `sign_with` or {SIGN_WITH}, or leave it out to sign with a local certificate.",
)


@dataclass(frozen=True)
class Identity:
    """A private key and its certificates, in PEM, the key's own certificate first."""

    algorithm: str  # in C2PA's names, such as "es256"
    key: bytes = field(repr=False)
    certificates: bytes

    @property
    def authority(self) -> str:
        """The last of the certificates: whoever trusts it trusts the signature."""
        return self.certificates.decode()[self.certificates.rfind(b"-----BEGIN") :]


def find_identity(sign_with: StrPath | None = None) -> Identity | None:
    """The identity in a PEM file; that of the environment variable, or the local one, if none is given.

    None, with a warning, where the local one can neither be read nor made.

    Raises:
        ConfigError: the file that was given cannot be read or cannot sign.
    """
    given = sign_with or os.environ.get(SIGN_WITH)
    return load_identity(given) if given else _local_identity()


def signing_file(sign_with: StrPath | None = None) -> Path:
    """The PEM file that `find_identity` reads, which no result may replace."""
    return Path(sign_with or os.environ.get(SIGN_WITH) or config_dir() / LOCAL)


def known_authorities() -> list[str]:
    """The authorities, in PEM, of the identities that this machine would sign with; nothing is made."""
    authorities = []
    for path in (os.environ.get(SIGN_WITH), config_dir() / LOCAL):
        with suppress(ConfigError):
            authorities += [load_identity(path).authority] if path else []
    return authorities


def load_identity(path: StrPath) -> Identity:
    """Read a private key and its certificates.

    Raises:
        ConfigError: they are missing, do not belong together, are locked by a password or out of their time.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    path = Path(path)
    data = read_bytes(path, EXPECTED, TEXT_BYTES)
    try:
        key = serialization.load_pem_private_key(data, None)
        certificates = x509.load_pem_x509_certificates(data)
    except TypeError as error:
        EXPECTED.refuse(path, "has a private key that is locked by a password", error)
    except Exception as error:  # of OpenSSL, for what it cannot read
        EXPECTED.refuse(path, "holds no private key with its certificate", error)
    own = next((each for each in certificates if each.public_key() == key.public_key()), None)
    if own is None:
        EXPECTED.refuse(path, "has a private key that none of its certificates is for")
    if own.not_valid_after_utc < datetime.now(UTC):
        EXPECTED.refuse(path, f"has a certificate that expired on {own.not_valid_after_utc:%Y-%m-%d}")
    if own.not_valid_before_utc > datetime.now(UTC):
        EXPECTED.refuse(path, f"has a certificate that holds only from {own.not_valid_before_utc:%Y-%m-%d} on")
    algorithm = _algorithm(key)
    if algorithm is None:
        EXPECTED.refuse(path, "has a private key of a kind that Content Credentials do not know")
    chain = [own, *(each for each in certificates if each != own)]
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Identity(algorithm, secret, b"".join(each.public_bytes(pem) for each in chain))


def _algorithm(key: object) -> str | None:
    """C2PA's name of the algorithm that a key signs with; None if it knows none."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size in (256, 384, 521):
        return {256: "es256", 384: "es384", 521: "es512"}[key.key_size]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    return "ps256" if isinstance(key, rsa.RSAPrivateKey) else None


def _local_identity() -> Identity | None:
    """The identity in the user's configuration folder, made where there is none that holds."""
    path = config_dir() / LOCAL
    with suppress(ConfigError):
        return load_identity(path)
    temporary = temporary_path(path, "part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(_make_identity())
        os.replace(temporary, path)
        return load_identity(path)
    except OSError as error:
        warnings.warn(
            f"{path} cannot be written ({error.strerror}), so results are not signed; they only have a tag. "
            "Make the folder writable, or give `sign_with`.",
            stacklevel=2,
        )
        return None
    finally:
        with suppress(OSError):
            temporary.unlink()


def _make_identity() -> bytes:
    """A new key, its certificate, and that of an authority which signs nothing else."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def name(common: str) -> x509.Name:
        pairs = ((NameOID.ORGANIZATION_NAME, "motion_transfer"), (NameOID.COMMON_NAME, common))
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs])

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate(name("local authority"), authority_key, None, authority_key)
    own = _certificate(name("local certificate"), key, authority.subject, authority_key)
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret + own.public_bytes(pem) + authority.public_bytes(pem)


def _certificate(
    subject: "Name", key: "EllipticCurvePrivateKey", issuer: "Name | None", issuer_key: "EllipticCurvePrivateKey"
) -> "Certificate":
    """A certificate as C2PA asks for it: of an authority where no issuer is given, else of one who signs contents."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    now = datetime.now(UTC)
    uses = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    usage = x509.KeyUsage(
        digital_signature=issuer is not None, key_cert_sign=issuer is None, crl_sign=False, decipher_only=False, **uses
    )
    issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(issuer is None, 0 if issuer is None else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuers, critical=False)
    )
    if issuer is not None:
        extended = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(extended, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
