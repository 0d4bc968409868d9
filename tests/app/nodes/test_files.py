"""Files of nodes without a common disk, in a bucket of a server that speaks S3."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings.schema import BadSettings, Settings
from core.object_store import Bucket, FileDamaged, parse_bucket_url
from support.email.inbound import spool
from support.tickets.attachments import AttachmentFolder
from support.tickets.models import CheckedFile, Upload
from support.tickets.waiting_uploads import WaitingUploads
from tests.app.nodes.s3_server import S3Server

TEXT = Upload("notes.txt", b"The left ear cup is silent.")


@pytest.fixture(scope="module")
def bucket_url() -> Iterator[str]:
    server = S3Server()
    yield server.url
    server.close()


def nodes(url: str, tmp_path: Path) -> list[AttachmentFolder]:
    return [AttachmentFolder(tmp_path / name, 1_000_000, bucket=Bucket(parse_bucket_url(url))) for name in "ab"]


def test_what_one_node_stored_another_reads_and_damage_is_refused(
    bucket_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = nodes(bucket_url, tmp_path)
    stored = one.save(TEXT)
    assert two.has(stored.sha256)
    assert two.verified(stored.sha256).read_bytes() == TEXT.data
    two.path(stored.sha256).write_bytes(b"damaged")
    assert two.verified(stored.sha256).read_bytes() == TEXT.data, "the bucket's is right"
    assert one.bucket is not None
    one.bucket.put(f"attachments/{stored.sha256}", b"damaged")
    two.path(stored.sha256).unlink()
    with pytest.raises(FileDamaged):
        two.verified(stored.sha256)
    assert "file_damaged" in caplog.text
    one.remove(stored.sha256)
    assert not two.has(stored.sha256)
    with pytest.raises(FileNotFoundError):
        two.verified(stored.sha256)


def test_a_form_may_be_sent_to_another_node_than_its_files(bucket_url: str, tmp_path: Path) -> None:
    waiting = [
        WaitingUploads(tmp_path / f"up-{number}", files, most_bytes=10_000_000, client_files=5)
        for number, files in enumerate(nodes(bucket_url, tmp_path))
    ]
    data = b"A form's file"
    file = CheckedFile("a.txt", "text/plain", len(data), hashlib.sha256(data).hexdigest())
    waiting[0].put(file, data, "a" * 16)
    assert waiting[1].has(file)
    assert waiting[1].claim(file)
    assert waiting[1]._attachments.verified(file.sha256).read_bytes() == data
    assert waiting[0]._attachments.verified(file.sha256).read_bytes() == data
    waiting[0].sweep(4e9)
    assert not waiting[1].claim(CheckedFile("b.txt", "text/plain", 1, "0" * 64))


def test_a_mail_one_node_took_in_another_shows(bucket_url: str, tmp_path: Path) -> None:
    one, two = (spool.SpoolFolder(tmp_path / name, Bucket(parse_bucket_url(bucket_url))) for name in "ab")
    name = one.save(b"Subject: hello\n\nthere")
    assert two.has(name)
    assert two.read(name) == b"Subject: hello\n\nthere"
    one.remove(name)
    two.path(name).unlink()
    assert not two.has(name)


def test_a_store_that_cannot_be_reached_is_an_error_of_files(tmp_path: Path) -> None:
    bucket = Bucket(parse_bucket_url("s3+http://key:secret@127.0.0.1:9/signpost"))
    with pytest.raises(OSError, match="object store"):
        AttachmentFolder(tmp_path, 1_000_000, bucket=bucket).save(TEXT)


def test_damage_is_told_without_a_bucket_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = AttachmentFolder(tmp_path, 1_000_000)
    stored = files.save(TEXT)
    assert files.verified(stored.sha256).read_bytes() == TEXT.data
    files.path(stored.sha256).write_bytes(b"damaged")
    with pytest.raises(FileDamaged):
        files.verified(stored.sha256)
    assert "file_damaged" in caplog.text


def test_an_address_of_a_bucket_is_checked() -> None:
    for url in ("http://x", "s3://host/bucket", "s3://key:secret@host", "s3://k:s@h/b?zone=x", "s3://k:s@h:x/b"):
        with pytest.raises(BadSettings, match="files_url"):
            Settings.load({"files_url": url}, environ={})
