"""A small marked video in any container, and certificates."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from motion_transfer.config import EncodeSettings
from motion_transfer.config.options import MarkingOptions
from motion_transfer.marking.marks import make_marks
from motion_transfer.marking.statement import Ingredient, Statement
from motion_transfer.video import VideoWriter
from motion_transfer.video.ffmpeg import ffmpeg_binary

STATEMENT = Statement((Ingredient("dance", "dance & <song>.mp4", "ab" * 32),), consent="cd" * 32)


@pytest.fixture
def write(tmp_path):
    """`write("out.mp4")` writes a marked video of half a second."""

    def write(name, marks=None, **options):
        marks = marks or make_marks(STATEMENT, MarkingOptions(**options))
        settings = EncodeSettings(codec="vp9" if name.endswith(".webm") else "h264")
        path = tmp_path / name
        with VideoWriter(path, size=(64, 48), fps=Fraction(25), settings=settings, marks=marks) as video:
            for value in range(0, 240, 20):
                video.write(np.full((48, 64, 3), value, np.uint8))
        return path

    return write


@pytest.fixture
def convert():
    """`convert(path, "-c", "copy")` writes the video again, with ffmpeg's usual options but for these."""

    def convert(path, *options):
        copy = path.with_name(f"copy{path.suffix}")
        subprocess.run([ffmpeg_binary(), "-v", "error", "-y", "-i", path, *options, copy], check=True)
        return copy

    return convert


@pytest.fixture
def pem(tmp_path):
    """`pem(days=-1)` writes a PEM file with a certificate that expired yesterday, and its key."""

    def write(*, days=30, use=ExtendedKeyUsageOID.EMAIL_PROTECTION, key=None, password=None, organisation="Studio"):
        own = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])
        now = datetime.now(UTC)
        denied = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign")
        usage = {"digital_signature": True, "crl_sign": False, "encipher_only": False, "decipher_only": False}
        certificate = (
            x509.CertificateBuilder(name, name, own.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(x509.KeyUsage(**usage, **dict.fromkeys(denied, False)), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key()), critical=False)
            .sign(own, hashes.SHA256())
        )
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        path = tmp_path / "own.pem"
        path.write_bytes((key or own).private_bytes(encoding, form, lock) + certificate.public_bytes(encoding))
        return path

    return write


@pytest.fixture
def unsigned():
    """Marks of a machine that cannot sign."""
    return replace(make_marks(STATEMENT, MarkingOptions(credentials=False)), credentials=True)
