"""Somebody got hold of the private authority's key, or trusts it where it should not be trusted."""

import datetime
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from firehose_logging.local.domain.authority import AUTHORITY_DAYS, RENEW_DAYS, Authority

DAY = 86_400.0


def now() -> float:
    return datetime.datetime.now(datetime.timezone.utc).timestamp()


def loaded(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def forged(folder: Path, name: str) -> tuple[Path, Path]:
    """Return certificate and key for a name, signed by the authority in a folder."""
    issuer = loaded(folder / "authority.pem")
    signer = serialization.load_pem_private_key((folder / "authority.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    moment = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - datetime.timedelta(hours=1))
        .not_valid_after(moment + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    (folder / "forged.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "forged.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "forged.pem", folder / "forged.key"


def shake_hands(identity: tuple[Path, Path], bundle: Path, name: str) -> None:
    """Connect to a server that shows an identity, by a name, as any client does."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*identity)
    near, far = socket.socketpair()

    def serve() -> None:
        try:
            server.wrap_socket(far, server_side=True).close()
        except (ssl.SSLError, OSError):
            far.close()

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        client = ssl.create_default_context(cafile=str(bundle))
        client.wrap_socket(near, server_hostname=name).close()
    finally:
        near.close()
        serving.join(10)


@pytest.mark.parametrize("name", ["evil.example", "bank.example", "localhost.example"])
def test_its_key_vouches_for_no_name_but_this_machines(tmp_path: Path, name: str) -> None:
    bundle = Authority(tmp_path, now()).bundle
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake_hands(forged(tmp_path, name), bundle, name)


def test_it_vouches_for_what_the_endpoints_show(tmp_path: Path) -> None:
    authority = Authority(tmp_path, now())
    identity = authority.server_identity
    for name in ("localhost", "127.0.0.1", "::1"):
        shake_hands((identity.certificate, identity.key), authority.bundle, name)
    shake_hands(forged(tmp_path, "bucket.localhost"), authority.bundle, "bucket.localhost")


def test_it_and_what_it_signs_end_within_thirty_days(tmp_path: Path) -> None:
    start = now()
    for days in (0, 5, 12, AUTHORITY_DAYS - RENEW_DAYS - 1):
        Authority(tmp_path, start + days * DAY)
        root, server = loaded(tmp_path / "authority.pem"), loaded(tmp_path / "server.pem")
        assert root.not_valid_after_utc.timestamp() <= start + (AUTHORITY_DAYS + days) * DAY
        assert server.not_valid_after_utc <= root.not_valid_after_utc
        left = server.not_valid_after_utc.timestamp() - (start + days * DAY)
        assert left >= (RENEW_DAYS - 1) * DAY


def test_one_that_is_near_its_end_is_renewed_at_a_start(tmp_path: Path) -> None:
    start = now()
    Authority(tmp_path, start)
    first = loaded(tmp_path / "authority.pem")
    Authority(tmp_path, start + (AUTHORITY_DAYS - RENEW_DAYS + 1) * DAY)
    second = loaded(tmp_path / "authority.pem")
    assert second.serial_number != first.serial_number
    assert second.not_valid_after_utc > first.not_valid_after_utc


def test_an_unbounded_one_of_an_earlier_version_is_not_kept(tmp_path: Path) -> None:
    start = now()
    Authority(tmp_path, start)
    key = serialization.load_pem_private_key((tmp_path / "authority.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = loaded(tmp_path / "authority.pem").subject
    moment = datetime.datetime.fromtimestamp(start, datetime.timezone.utc)
    old = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment)
        .not_valid_after(moment + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "authority.pem").write_bytes(old.public_bytes(serialization.Encoding.PEM))
    Authority(tmp_path, start)
    assert loaded(tmp_path / "authority.pem").serial_number != old.serial_number
