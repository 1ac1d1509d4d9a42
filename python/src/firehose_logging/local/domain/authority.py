"""A private certificate authority for the domain endpoints on this machine."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 30
SERVER_DAYS = 20
RENEW_DAYS = 10
"""What is valid for less than this when a stack starts is made anew."""

_NAMES = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)
_CONSTRAINTS = x509.NameConstraints(
    permitted_subtrees=[
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_network("127.0.0.0/8")),
        x509.IPAddress(ipaddress.ip_network("::1/128")),
    ],
    excluded_subtrees=None,
)
"""What the authority may vouch for (RFC 5280, 4.2.1.10): whoever gets at its key, or trusts it
everywhere, is no worse off than on this machine's own names."""


@dataclass(frozen=True)
class ServerIdentity:
    """PEM files that a TLS server on this machine shows."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class _Signed:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Authority:
    """Key, certificate and bundle in one folder, kept between starts and renewed at one.

    A server's certificate ends no later than the authority's.

    Args:
        folder: below the state folder; made if need be.
        now: UTC seconds since the epoch.
    """

    def __init__(self, folder: Path, now: float) -> None:
        self._folder = folder
        self._now = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        root = self._kept("authority")
        if root is None or not _is_bounded(root):
            root = self._made("authority", None)
        identity = self._kept("server")
        if identity is None or not _issued_by(identity, root):
            self._made("server", root)
        self._write_bundle(root)

    @property
    def bundle(self) -> Path:
        """PEM file for AWS_CA_BUNDLE: this authority and the public ones."""
        return self._folder / "ca-bundle.pem"

    @property
    def server_identity(self) -> ServerIdentity:
        """What endpoints on localhost, 127.0.0.1 and ::1 show."""
        return ServerIdentity(self._folder / "server.pem", self._folder / "server.key")

    def _kept(self, name: str) -> _Signed | None:
        """Return what an earlier start left, unless it is broken or about to expire."""
        try:
            certificate = x509.load_pem_x509_certificate(
                (self._folder / f"{name}.pem").read_bytes()
            )
            key = serialization.load_pem_private_key(
                (self._folder / f"{name}.key").read_bytes(), password=None
            )
        except (OSError, ValueError, TypeError):
            return None
        left = certificate.not_valid_after_utc - self._now
        belongs = isinstance(key, ec.EllipticCurvePrivateKey) and (
            key.public_key() == certificate.public_key()
        )
        if not belongs or left < datetime.timedelta(days=RENEW_DAYS):
            return None
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - checked above
        return _Signed(certificate, key)

    def _made(self, name: str, issuer: _Signed | None) -> _Signed:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _authority(key) if issuer is None else _server(key, issuer)
        days = AUTHORITY_DAYS if issuer is None else SERVER_DAYS
        end = self._now + datetime.timedelta(days=days)
        if issuer is not None:
            end = min(end, issuer.certificate.not_valid_after_utc)
        certificate = (
            builder.public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - datetime.timedelta(days=1))
            .not_valid_after(end)
            .sign(key if issuer is None else issuer.key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        _write(self._folder / f"{name}.key", secret, 0o600)
        _write(self._folder / f"{name}.pem", _pem(certificate), 0o644)
        return _Signed(certificate, key)

    def _write_bundle(self, root: _Signed) -> None:
        public = Path(certifi.where()).read_bytes()
        _write(self.bundle, _pem(root.certificate) + b"\n" + public, 0o644)


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    name = _name("firehose-logging local stack authority")
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_CONSTRAINTS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _server(key: ec.EllipticCurvePrivateKey, issuer: _Signed) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name("localhost"))
        .issuer_name(issuer.certificate.subject)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _is_bounded(root: _Signed) -> bool:
    """Return whether an earlier version's authority may go on: few names, not for years."""
    certificate = root.certificate
    lives = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    try:
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return False
    return found.value == _CONSTRAINTS and lives <= datetime.timedelta(days=AUTHORITY_DAYS + 1)


def _issued_by(identity: _Signed, root: _Signed) -> bool:
    try:
        identity.certificate.verify_directly_issued_by(root.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, body: bytes, mode: int) -> None:
    draft = path.with_suffix(path.suffix + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=mode)
    draft.write_bytes(body)
    draft.replace(path)
