"""The files that a node with the Security plugin reads before it starts."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ADMINISTRATOR_ROLE = "local-stack-administrator"
"""The backend role that the stack itself uses; no role's ARN looks like it."""

ROLE_SEPARATOR = " "
"""Between backend roles in one header: paths of users and roles may hold every visible character
(IAM API reference, "path"), so that a visible one would make several roles of one."""

_NODE_NAME = "CN=node"
_YEARS = 10


SECRET_HEADER = "x-local-stack-secret"  # noqa: S105 - the name, not the value
"""Carries the secret without which the node's HTTP port takes no request."""


def secret_file(home: Path) -> Path:
    """Return where the node, and its owner, find the secret of this start."""
    return home / "config" / "http.secret"


def write_node_files(home: Path, secret: str) -> None:
    """Lay out ``home`` for one node: settings, Security's first configuration, logging, keys.

    HTTP is plain, on loopback, and for those alone who know the secret; the TLS that users see is
    the domain endpoint's. Between nodes, which is a port as well, only the certificate that is
    made here lets in.
    """
    security = home / "config" / "opensearch-security"
    for folder in (security.parent, security, home / "data", home / "logs", home / "tmp"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    _write_transport_identity(home / "config")
    _write_private(secret_file(home), secret.encode())
    _write_yaml(home / "config" / "opensearch.yml", _settings(home))
    _write_private(home / "config" / "log4j2.properties", _LOGGING.encode())
    for kind, body in _security_configuration().items():
        _write_yaml(security / f"{kind}.yml", body)


def _settings(home: Path) -> dict[str, Any]:
    return {
        "cluster.name": "local",
        "node.name": "local",
        "path.data": str(home / "data"),
        "path.logs": str(home / "logs"),
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": "0",
        "http.type": "guarded",
        "transport.port": "0",
        "http.max_content_length": "100mb",
        # As on Amazon's domains unless the caller's advanced options say otherwise.
        "rest.action.multi.allow_explicit_index": True,
        "cluster.routing.allocation.disk.threshold_enabled": False,
        "plugins.security.ssl.transport.pemcert_filepath": "node.pem",
        "plugins.security.ssl.transport.pemkey_filepath": "node.key",
        "plugins.security.ssl.transport.pemtrustedcas_filepath": "node.pem",
        "plugins.security.ssl.transport.enforce_hostname_verification": False,
        "plugins.security.ssl.http.enabled": False,
        "plugins.security.allow_default_init_securityindex": True,
        "plugins.security.authcz.admin_dn": ["CN=nobody"],
        "plugins.security.audit.type": "noop",
        "plugins.security.nodes_dn": [_NODE_NAME],
        "plugins.security.restapi.roles_enabled": ["all_access", "security_manager"],
        # What Amazon asks of a master user's password, and no more than that.
        "plugins.security.restapi.password_validation_regex": (
            r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])(?=.*[^a-zA-Z0-9]).{8,}"
        ),
        "plugins.security.restapi.password_score_based_validation_strength": "fair",
    }


def _security_configuration() -> dict[str, dict[str, Any]]:
    """Return the Security plugin's first configuration, one entry a file.

    ``all_access`` and ``security_manager`` are the two roles that Amazon gives the master user.
    """
    administrators = {"reserved": False, "backend_roles": [ADMINISTRATOR_ROLE]}
    return {
        "config": _typed("config", {"config": {"dynamic": _authentication()}}),
        "roles": _typed("roles", _AMAZONS_ROLES),
        "roles_mapping": _typed(
            "rolesmapping", {"all_access": administrators, "security_manager": administrators}
        ),
        "internal_users": _typed("internalusers", {}),
        "action_groups": _typed("actiongroups", {}),
        "tenants": _typed("tenants", {}),
        "nodes_dn": _typed("nodesdn", {}),
        "allowlist": _typed("allowlist", {"config": {"enabled": False}}),
    }


_AMAZONS_ROLES: dict[str, Any] = {
    "security_manager": {"reserved": True},
    "opensearch_dashboards_user": {
        "reserved": True,
        "description": "Provide the minimum permissions for a Dashboards user",
        "cluster_permissions": ["cluster_composite_ops"],
        "index_permissions": [
            {
                "index_patterns": [".kibana", ".kibana_*", ".opensearch_dashboards*"],
                "allowed_actions": ["delete", "index", "manage", "read"],
            }
        ],
        # The plugin's own kibana_user has this by its name.
        "tenant_permissions": [
            {"tenant_patterns": ["global_tenant"], "allowed_actions": ["kibana_all_write"]}
        ],
    },
    "ism_full_access": {
        "reserved": True,
        "cluster_permissions": ["cluster:admin/opendistro/ism/*"],
        "index_permissions": [
            {"index_patterns": ["*"], "allowed_actions": ["indices:admin/opensearch/ism/*"]}
        ],
    },
}
"""Roles of Amazon's domains that the plugin itself does not bring."""


def _authentication() -> dict[str, Any]:
    return {
        "http": {
            "anonymous_auth_enabled": False,
            "xff": {"enabled": True, "internalProxies": r"127\.0\.0\.1"},
        },
        "authc": {
            "proxy_auth_domain": {
                "http_enabled": True,
                "transport_enabled": False,
                "order": 0,
                "http_authenticator": {
                    "type": "proxy",
                    "challenge": False,
                    "config": {
                        "user_header": "x-proxy-user",
                        "roles_header": "x-proxy-roles",
                        "roles_separator": ROLE_SEPARATOR,
                    },
                },
                "authentication_backend": {"type": "noop"},
            },
            "basic_internal_auth_domain": {
                "http_enabled": True,
                "transport_enabled": False,
                "order": 1,
                "http_authenticator": {"type": "basic", "challenge": True},
                "authentication_backend": {"type": "intern"},
            },
        },
    }


def _typed(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"_meta": {"type": kind, "config_version": 2}, **body}


def _write_yaml(path: Path, body: dict[str, Any]) -> None:
    """Write JSON, which is YAML as well."""
    _write_private(path, json.dumps(body, indent=2).encode())


def _write_private(path: Path, body: bytes) -> None:
    """Write what the Security plugin warns about when others can read it."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(body)


def _write_transport_identity(folder: Path) -> None:
    """Write the key and certificate that the node shows itself; made anew at each start."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_private(folder / "node.pem", certificate.public_bytes(serialization.Encoding.PEM))
    _write_private(
        folder / "node.key",
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""
