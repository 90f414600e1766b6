"""Who signs: a local certificate by default, the user's own if they have one."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from motion_transfer.config.options import MarkingOptions
from motion_transfer.errors import ConfigError
from motion_transfer.marking.credentials import check_identity
from motion_transfer.marking.identity import SIGN_WITH, find_identity, known_authorities, load_identity
from motion_transfer.marking.marks import make_marks
from motion_transfer.marking.reading import verify
from motion_transfer.marking.statement import Statement


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """The configuration folder of a user who has none yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "motion-transfer"


def test_a_local_certificate_is_made_once_and_only_its_user_can_read_it(fresh):
    assert known_authorities() == []
    assert not fresh.exists(), "asking makes nothing"
    made = find_identity()
    assert [path.name for path in fresh.iterdir()] == ["signing.pem"]
    assert stat.S_IMODE((fresh / "signing.pem").stat().st_mode) == 0o600
    assert find_identity() == made
    assert known_authorities() == [made.authority]


def test_a_local_certificate_that_has_expired_is_replaced(fresh, pem):
    fresh.mkdir(parents=True)
    (fresh / "signing.pem").write_bytes(pem(days=-1).read_bytes())
    check_identity(find_identity())


def test_a_folder_that_cannot_be_written_costs_the_signature_and_not_the_result(
    locked_folder, unprivileged, monkeypatch
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(locked_folder))
    with (
        unprivileged(),
        pytest.warns(UserWarning, match=r"signing.pem cannot be written .*, so results are not signed"),
    ):
        marks = make_marks(Statement(), MarkingOptions())
    assert marks.identity is None


def test_a_certificate_of_ones_own_is_given_or_named_by_the_environment(write, pem, monkeypatch):
    path = pem()
    assert verify(write("out.mp4", sign_with=str(path))).credentials.signer == "Studio"
    monkeypatch.setenv(SIGN_WITH, str(path))
    claim = verify(write("out.mp4")).credentials
    assert claim.signer == "Studio"
    assert claim.known, "of an authority that this machine signs with"


def test_what_cannot_sign_is_refused_with_the_reason(pem, tmp_path):
    other = ec.generate_private_key(ec.SECP256R1())
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for reason, make in {
        "expired on": lambda: pem(days=-1),
        "none of its certificates is for": lambda: pem(key=other),
        "locked by a password": lambda: pem(password=b"secret"),
        "holds no private key with its certificate": lambda: empty,
        "is a folder": lambda: tmp_path,
    }.items():
        with pytest.raises(ConfigError, match=rf"{reason}.*expected a PEM file .* Correct `sign_with`"):
            load_identity(make())


def test_a_certificate_for_another_use_is_refused(pem):
    with pytest.raises(ConfigError, match="cannot sign Content Credentials"):
        check_identity(load_identity(pem(use=ExtendedKeyUsageOID.SERVER_AUTH)))
