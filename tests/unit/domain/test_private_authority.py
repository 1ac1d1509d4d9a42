"""The private authority: what it signs, what it keeps, when it renews."""

import ssl
import stat
from pathlib import Path

import certifi
from cryptography import x509

from firehose_logging.local.domain.authority import RENEW_DAYS, SERVER_DAYS, Authority

NOW = 1_790_000_000.0
DAY = 86_400.0


def serial(path: Path) -> int:
    return x509.load_pem_x509_certificate(path.read_bytes()).serial_number


def test_a_later_start_keeps_what_is_there(tmp_path: Path) -> None:
    first = Authority(tmp_path, NOW)
    bundle, server = first.bundle.read_bytes(), serial(first.server_identity.certificate)
    second = Authority(tmp_path, NOW + DAY)
    assert second.bundle.read_bytes() == bundle
    assert serial(second.server_identity.certificate) == server


def test_the_server_certificate_is_renewed_before_it_expires_and_the_authority_stays(
    tmp_path: Path,
) -> None:
    first = Authority(tmp_path, NOW)
    bundle, server = first.bundle.read_bytes(), serial(first.server_identity.certificate)
    later = Authority(tmp_path, NOW + (SERVER_DAYS - RENEW_DAYS + 1) * DAY)
    assert later.bundle.read_bytes() == bundle
    assert serial(later.server_identity.certificate) != server


def test_a_new_authority_signs_a_new_server_certificate(tmp_path: Path) -> None:
    first = Authority(tmp_path, NOW)
    server = serial(first.server_identity.certificate)
    (tmp_path / "authority.pem").unlink()
    assert serial(Authority(tmp_path, NOW).server_identity.certificate) != server


def test_broken_files_are_replaced(tmp_path: Path) -> None:
    Authority(tmp_path, NOW)
    (tmp_path / "server.pem").write_text("no certificate")
    assert serial(Authority(tmp_path, NOW).server_identity.certificate)


def test_the_bundle_holds_the_public_roots_as_well(tmp_path: Path) -> None:
    context = ssl.create_default_context(cafile=str(Authority(tmp_path, NOW).bundle))
    public = ssl.create_default_context(cafile=certifi.where())
    assert context.cert_store_stats()["x509_ca"] == public.cert_store_stats()["x509_ca"] + 1


def test_keys_are_for_the_owner_alone(tmp_path: Path) -> None:
    identity = Authority(tmp_path / "made", NOW).server_identity
    assert stat.S_IMODE(identity.key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700
