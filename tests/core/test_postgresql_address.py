"""Addresses of PostgreSQL: several hosts, TLS that is verified, PgBouncer."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url, text
from sqlalchemy.exc import InterfaceError

from app.settings.schema import BadSettings, Settings
from core.database.connection import connect
from core.database.postgresql import libpq_environment, read_address
from core.database.snapshots import SnapshotFailed, check_direct
from tests.databases import PostgresServer


def test_hosts_are_read_as_libpq_reads_them() -> None:
    for text_ in (
        "postgresql://u:p@one:1,two:2/db",
        "postgresql://u:p@/db?host=one:1&host=two:2",
        "postgresql://u:p@/db?host=one,two&port=1,2",
    ):
        address = read_address(text_)
        assert (address.hosts, address.writable) == ((("one", 1), ("two", 2)), True)
        assert dict(address.url.query) == {}
    assert read_address("postgresql://u:p@one/db").hosts == (("one", 5432),)
    assert not read_address("postgresql://u:p@one/db").writable
    assert read_address("postgresql://u:p@/db?host=/run/postgresql").hosts == ()
    assert not read_address("postgresql://u:p@one,two/db?target_session_attrs=any").writable


def test_programs_of_postgresql_get_the_same_address_and_go_past_pgbouncer() -> None:
    several = libpq_environment("postgresql://u:p%40@one:1,two:2/db?sslmode=verify-full&schema=s")
    assert several == {
        "PGHOST": "one,two", "PGPORT": "1,2", "PGUSER": "u", "PGPASSWORD": "p@", "PGDATABASE": "db",
        "PGSSLMODE": "verify-full", "PGTARGETSESSIONATTRS": "read-write",
    }  # fmt: skip
    assert libpq_environment("postgresql://u@/db?host=/run/postgresql")["PGHOST"] == "/run/postgresql"
    bouncer = "postgresql://u:p@bouncer:6432/db?pgbouncer=true"
    direct = libpq_environment(f"{bouncer}&direct=server:5433")
    assert (direct["PGHOST"], direct["PGPORT"]) == ("server", "5433")
    assert read_address(f"{bouncer}&direct=server").hosts == (("bouncer", 6432),)
    with pytest.raises(SnapshotFailed, match="direct=HOST:PORT"):
        check_direct(bouncer)
    check_direct(f"{bouncer}&direct=server")


def test_no_certificate_is_read_for_a_socket_in_a_folder(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("there is no TLS here")

    monkeypatch.setattr(ssl, "create_default_context", read)
    with postgres.database(tables=False) as url:
        engine = connect(url)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        engine.dispose()


def test_tls_is_verified_as_sslmode_says() -> None:
    modes = {
        mode: read_address(f"postgresql://u:p@one/db?sslmode={mode}").tls
        for mode in ("disable", "prefer", "require", "verify-ca", "verify-full")
    }
    assert (modes["disable"], modes["prefer"], modes["require"]) == (False, None, True)
    assert modes["verify-full"].check_hostname and modes["verify-full"].verify_mode == ssl.CERT_REQUIRED
    assert not modes["verify-ca"].check_hostname and modes["verify-ca"].verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:secret@one/db?sslmode=maybe", "sslmode"),
        ("postgresql://u:secret@one/db?sslmode=verify-full&sslrootcert=/nowhere.pem", "certificate"),
        ("postgresql://u:secret@one,two:x/db", "host or port"),
        ("postgresql://u:secret@one/db?pgbouncer=true&direct=two:x", "host or port"),
        ("postgresql://u:secret@one/db?target_session_attrs=primary", "target_session_attrs"),
        ("postgresql://u:secret@one:x/db", "must be like|port"),
    ],
)
def test_what_cannot_be_an_address_is_told_without_its_password(url: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said) as told:
        Settings.load({"database_url": url}, environ={})
    assert "secret" not in str(told.value)


class Proxy:
    """TLS before a real PostgreSQL, as a pooler or a managed service has it."""

    def __init__(self, socket_path: str, folder: Path, name: str) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.root = folder / f"{name}.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.UTC)
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if name == "127.0.0.1":
            names = [x509.IPAddress(ipaddress.ip_address(name))]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(issuer)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.root.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        both = folder / f"{name}.both"
        both.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + self.root.read_bytes()
        )
        self._context.load_cert_chain(both)
        self._path = socket_path
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
                assert len(plain.recv(8)) == 8  # SSLRequest
                plain.sendall(b"S")
                client = self._context.wrap_socket(plain, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._path)
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, target):
                end.close()

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database(tables=False) as url:
        yield url


def asked(url: str) -> object:
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text("SELECT current_database()")).scalar()
    finally:
        engine.dispose()


def test_a_certificate_of_another_name_or_root_is_refused_and_the_next_host_asked(
    database: str, tmp_path: Path
) -> None:
    url = make_url(database)
    folder = url.query["host"]
    path = f"{folder}/.s.PGSQL.{url.port or 5432}"
    right, wrong = (Proxy(path, tmp_path, name) for name in ("127.0.0.1", "other.example"))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]

    def through(*ports: int, root: Path = right.root) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        return f"postgresql://{url.username}@{hosts}/{url.database}?sslmode=verify-full&sslrootcert={root}"

    try:
        assert asked(through(right.port)) == url.database
        assert asked(through(nobody, right.port)) == url.database
        for refused in (through(wrong.port, root=wrong.root), through(right.port, root=wrong.root)):
            with pytest.raises((InterfaceError, ssl.SSLError)):
                asked(refused)
        unverified = through(wrong.port).replace("verify-full", "require").partition("&")[0]
        assert asked(unverified) == url.database
    finally:
        right.close()
        wrong.close()


def test_for_pgbouncer_nothing_is_set_for_a_session(database: str) -> None:
    engine = connect(f"{database}&pgbouncer=true")
    with engine.connect() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "5s"
        connection.rollback()
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.rollback()
        cursor = raw.cursor()
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone()[0] == "0"
        raw.rollback()
    engine.dispose()
