"""A server with TLS, and certificates that live as long as the test run."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .binary import NAMES, NoServerError
from .server import HOST, Server, ServerError


def _builder(name: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def make_certificates(folder: Path) -> dict[str, str]:
    """Write an authority and a server certificate for the loopback; return the settings."""
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    authority_id = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _builder("test authority", "test authority", authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(authority_id, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
    server = (
        _builder("localhost", "test authority", server_key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files = {
        "ca-cert-file": authority.public_bytes(pem),
        "cert-file": server.public_bytes(pem),
        "key-file": server_key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    }
    for name, content in files.items():
        (folder / f"{name}.pem").write_bytes(content)
    return {name: str(folder / f"{name}.pem") for name in files}


def _speaks_tls(program: str, certificates: dict[str, str]) -> bool:
    try:
        with Server(program=program, tls=certificates):
            return True
    except ServerError:
        return False


@cache
def find(folder: Path) -> str | None:
    """Return a server with TLS: `REDIS_TLS_SERVER_BIN`, or one on PATH that has it."""
    certificates = make_certificates(folder)
    asked = os.environ.get("REDIS_TLS_SERVER_BIN")
    if asked:
        if not shutil.which(asked) or not _speaks_tls(asked, certificates):
            raise NoServerError(f"REDIS_TLS_SERVER_BIN={asked} is not a server with TLS")
        return asked
    candidates = [os.environ.get("REDIS_SERVER_BIN"), *map(shutil.which, NAMES)]
    return next((path for path in candidates if path and _speaks_tls(path, certificates)), None)
