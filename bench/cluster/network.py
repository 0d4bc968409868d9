"""One network namespace for each machine of the cluster, all on one bridge, so that a cable can be pulled.

Needs root and iproute2. Without them all machines are 127.0.0.1, and nothing can be cut off.
"""

import ipaddress
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LOCAL = "127.0.0.1"
# Private addresses that hardly any other network here uses.
_ADDRESSES = "10.213.{third}.{last}"
_FREE_FROM = 20_000


@dataclass(frozen=True)
class Place:
    """A machine: its address, and what a command is run `through` to run there. `cable` is None for this one itself."""

    name: str
    address: str
    through: tuple[str, ...] = ()
    cable: str | None = None


class Network:
    """`remove` takes away all that was made."""

    def __init__(self, *, apart: bool) -> None:
        self._third = os.getpid() % 250 + 1
        self._bridge = f"sp{self._third}"
        self._places: dict[str, Place] = {}
        self._last = count(2)
        self._ports = count(_FREE_FROM)
        self.apart = apart and os.geteuid() == 0 and shutil.which("ip") is not None and self._make()

    def place(self, name: str) -> Place:
        """The machine of that name, new or known."""
        if name not in self._places:
            self._places[name] = self._new(name) if self.apart else Place(name, _LOCAL)
        return self._places[name]

    def port(self) -> int:
        """One that nothing listens at, on any machine here."""
        if self.apart:
            return next(self._ports)
        with socket.create_server((_LOCAL, 0)) as probe:
            return int(probe.getsockname()[1])

    def pull(self, name: str) -> None:
        """Cut this machine off: what is sent to it and by it is lost, and nobody is told."""
        _ip("link", "set", str(self._places[name].cable), "down")

    def plug(self, name: str) -> None:
        _ip("link", "set", str(self._places[name].cable), "up")

    def remove(self) -> None:
        for place in self._places.values():
            if place.cable is not None:
                _ip("netns", "del", self._space(place.name), must=False)
        if self.apart:
            _ip("link", "del", self._bridge, must=False)

    def _make(self) -> bool:
        here = _ADDRESSES.format(third=self._third, last=1)
        try:
            _ip("link", "add", self._bridge, "type", "bridge")
            _ip("addr", "add", f"{here}/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            self._places["probe"] = self._new("probe")
        except OSError:  # no right to, or no namespaces in this kernel
            _ip("netns", "del", self._space("probe"), must=False)
            _ip("link", "del", self._bridge, must=False)
            return False
        return True

    def _space(self, name: str) -> str:
        return f"{self._bridge}-{name}"

    def _new(self, name: str) -> Place:
        number = next(self._last)
        space, cable = self._space(name), f"{self._bridge}v{number}"
        address = _ADDRESSES.format(third=self._third, last=number)
        _ip("netns", "add", space)
        _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("link", "set", cable, "master", self._bridge, "up")
        for arguments in (("addr", "add", f"{address}/24", "dev", "eth0"), ("link", "set", "eth0", "up"),
                          ("link", "set", "lo", "up")):  # fmt: skip
            _ip("-n", space, *arguments)
        return Place(name, address, ("ip", "netns", "exec", space), cable)


def _ip(*arguments: str, must: bool = True) -> None:
    done = subprocess.run(["/usr/bin/env", "ip", *arguments], capture_output=True, text=True, check=False)
    if must and done.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def certificate(folder: Path, addresses: Sequence[str]) -> tuple[Path, Path]:
    """A certificate for these addresses that signs itself, and its key: two PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cluster")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(one)) for one in addresses])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.crt", folder / "server.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    private.chmod(0o600)
    return public, private
