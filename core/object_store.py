"""Files of nodes that have no disk in common: a bucket of an S3-compatible store behind the folders of each node.

What is written goes to the folder and to the bucket before it counts as stored; what a folder lacks is fetched. Names
hold the SHA-256 of the content, and a content that is another one is refused and told.
"""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from core import atomic_files
from core.events import emit


class FileDamaged(OSError):
    """A content is not what its hash says; it was not handed out."""


@dataclass(frozen=True)
class BucketAddress:
    """`s3://key:secret@host/bucket/prefix?region=eu-1`, or `s3+http://` without TLS, as inside of a machine."""

    host: str
    bucket: str
    prefix: str
    key: str
    secret: str
    region: str
    tls: bool


def parse_bucket_url(text: str) -> BucketAddress:
    """Raises ValueError, whose message is the end of a sentence and repeats nothing."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("must be like s3://key:secret@host/bucket") from None
    bucket, _, prefix = parts.path.strip("/").partition("/")
    if parts.scheme not in {"s3", "s3+http"} or not parts.hostname or not bucket:
        raise ValueError("must be like s3://key:secret@host/bucket, or s3+http:// without TLS")
    if not parts.username or not parts.password:
        raise ValueError("must name a key and its secret: s3://key:secret@host/bucket (percent-encode / in them)")
    query = dict(part.partition("=")[::2] for part in parts.query.split("&") if part)
    if query.keys() - {"region"}:
        raise ValueError("may only have ?region= after the bucket")
    return BucketAddress(
        host=parts.hostname + (f":{port}" if port else ""),
        bucket=bucket,
        prefix=f"{prefix}/" if prefix else "",
        key=unquote(parts.username),
        secret=unquote(parts.password),
        region=query.get("region", "us-east-1"),
        tls=parts.scheme == "s3",
    )


class Bucket:
    """Contents by name. Every method raises OSError when the store cannot be used; thread-safe."""

    def __init__(self, address: BucketAddress) -> None:
        self._address = address
        self._opened: Any = None

    @property
    def _client(self) -> Any:
        if self._opened is None:
            import urllib3
            from minio import Minio

            one = self._address
            http = urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=5, read=30), retries=urllib3.Retry(2), maxsize=16
            )
            self._opened = Minio(
                endpoint=one.host, access_key=one.key, secret_key=one.secret, secure=one.tls, region=one.region,
                http_client=http,
            )  # fmt: skip
        return self._opened

    def put(self, name: str, data: bytes) -> None:
        self._do("put_object", name, io.BytesIO(data), len(data))

    def get(self, name: str) -> bytes | None:
        """The content; None when there is none of that name."""
        response = self._do("get_object", name)
        if response is None:
            return None
        try:
            return bytes(response.read())
        except Exception as error:
            raise OSError(f"the object store broke off: {type(error).__name__}") from error
        finally:
            response.close()
            response.release_conn()

    def has(self, name: str) -> bool:
        return self._do("stat_object", name) is not None

    def remove(self, name: str) -> None:
        self._do("remove_object", name)

    def check(self) -> None:
        """Health check: whether the bucket answers."""
        self._do("stat_object", "check")

    def _do(self, method: str, name: str, *arguments: Any) -> Any:
        from minio.error import MinioException, S3Error
        from urllib3.exceptions import HTTPError

        try:
            return getattr(self._client, method)(self._address.bucket, self._address.prefix + name, *arguments)
        except S3Error as error:
            if error.code in {"NoSuchKey", "NoSuchObject"}:
                return None
            raise OSError(f"the object store refused: {error.code}") from error
        except (MinioException, HTTPError, ValueError) as error:
            raise OSError(f"the object store cannot be used: {type(error).__name__}") from error


def bucket_of(url: str) -> Bucket | None:
    """The bucket of the setting `files_url`; None where files only lie in the data folder."""
    return Bucket(parse_bucket_url(url)) if url else None


def verified(path: Path, sha256: str, bucket: Bucket | None, name: str) -> Path:
    """The file, whose content is what the hash says; fetched from the bucket if the folder lacks it or has another.

    Raises FileNotFoundError when there is none, FileDamaged when none is right, OSError when it cannot be read.
    """
    damaged = False
    if path.is_file():
        if _hash(path) == sha256:
            return path
        damaged = True
        emit("file_damaged", where="folder", file=sha256[:12])
    data = bucket.get(name) if bucket is not None else None
    if data is not None:
        if hashlib.sha256(data).hexdigest() == sha256:
            path.unlink(missing_ok=True)
            atomic_files.keep(path, data)
            return path
        damaged = True
        emit("file_damaged", where="bucket", file=sha256[:12])
    if damaged:
        raise FileDamaged(f"file {sha256[:12]} is not what its hash says")
    raise FileNotFoundError(f"file {sha256[:12]} is not here")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
