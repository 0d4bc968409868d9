"""Addresses of PostgreSQL, with the options of libpq's URLs that our driver does not know by itself: several hosts, TLS
as `sslmode` says, PgBouncer.
"""

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL
from sqlalchemy.engine import make_url

_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SESSIONS = ("any", "read-write")
_DEFAULT_PORT = 5432
_SCHEMA = re.compile(r"(?:[a-z_][a-z0-9_]{0,62})?")
_NO_PLACE = "has a host or port that cannot be one; write postgresql://…@one:5432,two:5432/name"


@dataclass(frozen=True)
class PostgresAddress:
    """What to connect to. `hosts` are tried in their order; with `writable`, a standby is passed over. `bouncer`: in
    transaction mode of PgBouncer nothing may be set for a session; `direct` is then the server behind it, for programs
    that need a session. `schema`: where the tables are, and nowhere else; '' leaves that to the role."""

    url: URL = field(repr=False)
    hosts: tuple[tuple[str, int], ...]
    tls: Any  # as pg8000 takes it: an SSLContext, False for none, None for TLS where the server offers it
    writable: bool
    bouncer: bool
    direct: tuple[tuple[str, int], ...]
    schema: str


def is_postgresql(url: str) -> bool:
    return url.split(":", 1)[0].split("+")[0] in {"postgresql", "postgres"}


def read_address(text: str) -> PostgresAddress:
    """Raises ValueError, whose message is the end of a sentence and repeats no password."""
    url, hosts = _parsed(text)
    query = dict(url.query)
    options = {name: _single(query.pop(name, ""), name) for name in (
        "sslmode", "sslrootcert", "sslcert", "sslkey", "target_session_attrs", "pgbouncer", "port", "schema", "direct",
    )}  # fmt: skip
    named = query.get("host", "")
    if not (isinstance(named, str) and named.startswith("/")):
        query.pop("host", None)
        hosts = hosts or _hosts(named, options["port"] or str(url.port or _DEFAULT_PORT))
    if not hosts and url.host:
        hosts = ((url.host, url.port or _DEFAULT_PORT),)
    if not _SCHEMA.fullmatch(options["schema"]):
        raise ValueError("has a schema that is none: small letters, digits and underscores, 63 at most")
    if options["target_session_attrs"] not in ("", *_SESSIONS):
        raise ValueError(f"has a target_session_attrs that is none of {', '.join(_SESSIONS)}")
    wanted = options["target_session_attrs"] or ("read-write" if len(hosts) > 1 else "any")
    if hosts:
        url = url.set(host=hosts[0][0], port=hosts[0][1])
    return PostgresAddress(
        url=url.set(query=query),
        hosts=hosts,
        tls=_tls(options),
        writable=wanted == "read-write",
        bouncer=options["pgbouncer"] in {"1", "true", "yes", "on"},
        direct=_hosts(options["direct"], str(_DEFAULT_PORT)) if options["direct"] else (),
        schema=options["schema"],
    )


def libpq_environment(text: str) -> dict[str, str]:
    """The address for programs of PostgreSQL, which read it of their environment: arguments can be read by everybody on
    the machine. They go to the server itself where the address names one beside PgBouncer (`direct`)."""
    address = read_address(text)
    url, query = address.url, _parsed(text)[0].query
    places = address.direct or address.hosts  # of `direct` a host may be the folder of a socket, as in libpq
    hosts = ",".join(host for host, _ in places) or url.query.get("host") or url.host
    given: dict[str, object] = {
        "PGHOST": hosts, "PGPORT": ",".join(str(port) for _, port in places) or url.port, "PGUSER": url.username,
        "PGPASSWORD": url.password, "PGDATABASE": url.database, "PGAPPNAME": url.query.get("application_name"),
        "PGTARGETSESSIONATTRS": "read-write" if address.writable and len(places) > 1 else None,
    }  # fmt: skip
    for name in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        given[f"PG{name.upper()}"] = query.get(name)
    return {name: str(value) for name, value in given.items() if value}


def _parsed(text: str) -> tuple[URL, tuple[tuple[str, int], ...]]:
    """SQLAlchemy knows one host before the path; libpq knows several, with commas between."""
    scheme, separator, rest = text.partition("://")
    try:
        return _split(text, scheme, separator, rest)
    except ValueError as error:
        if "host or port" in str(error):
            raise
        raise ValueError(_NO_PLACE) from None


def _split(text: str, scheme: str, separator: str, rest: str) -> tuple[URL, tuple[tuple[str, int], ...]]:
    ends = [rest.find(mark) for mark in "/?" if mark in rest]
    end = min(ends) if ends else len(rest)
    login, at, hosts = rest[:end].rpartition("@")
    if "," not in hosts:
        return make_url(text), ()
    first = hosts.split(",", 1)[0]
    return make_url(f"{scheme}{separator}{login}{at}{first}{rest[end:]}"), _hosts(hosts, str(_DEFAULT_PORT))


def _hosts(named: str | tuple[str, ...], ports: str) -> tuple[tuple[str, int], ...]:
    names = [one for part in ([named] if isinstance(named, str) else named) for one in part.split(",") if one]
    given = ports.split(",")
    found = []
    for number, name in enumerate(names):
        host, _, port = name.partition(":")
        port = port or given[min(number, len(given) - 1)]
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65_536:
            raise ValueError(_NO_PLACE)
        found.append((host, int(port)))
    return tuple(found)


def _single(value: str | tuple[str, ...], name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"has {name} more than once")
    return value


def _tls(options: dict[str, str]) -> Any:
    mode, root = options["sslmode"], options["sslrootcert"]
    if mode not in ("", *_MODES):
        raise ValueError(f"has an sslmode that is none of {', '.join(_MODES)}")
    if mode == "disable":
        return False
    verifies = mode.startswith("verify") or (mode == "require" and root)
    if not verifies and not options["sslcert"]:
        return None if mode in {"", "allow", "prefer"} else True
    context = ssl.create_default_context()
    context.check_hostname = mode == "verify-full"
    if not verifies:
        context.verify_mode = ssl.CERT_NONE
    try:
        if root and root != "system":
            context = ssl.create_default_context(cafile=str(Path(root).expanduser()))
            context.check_hostname = mode == "verify-full"
        if options["sslcert"]:
            context.load_cert_chain(options["sslcert"], options["sslkey"] or None)
    except OSError as error:
        raise ValueError(f"names a certificate that cannot be used: {error.strerror or type(error).__name__}") from None
    return context
