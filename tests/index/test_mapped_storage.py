"""Whoosh's segments are read where they are mapped: the same postings, and no copy of them in memory."""

import pickle
import random
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from whoosh import index
from whoosh.filedb.structfile import BufferFile

from index.keyword import whoosh
from index.keyword.mapped_storage import MappedStorage

WORDS = [f"word{number}" for number in range(4_000)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chance = random.Random(3)
    written = tmp_path_factory.mktemp("keyword")
    documents = [["common", *chance.sample(WORDS, 60), "twice", "twice"] for _ in range(400)]
    whoosh.write(written, documents)
    return written


def postings(reader: Any) -> Iterator[tuple[str, list[int], list[float]]]:
    for _, term in reader.all_terms():
        documents, frequency = whoosh._documents(reader.postings("body", term))
        yield term.decode(), documents.tolist(), frequency.tolist()


def test_every_posting_is_what_whoosh_itself_reads(folder: Path) -> None:
    ours = list(postings(index.FileIndex(MappedStorage(folder / "base")).reader()))
    theirs = list(postings(index.open_dir(str(folder / "base"), readonly=True).reader()))
    assert len(ours) > 3_900
    assert ours == theirs
    assert ours[0] == ("common", list(range(400)), [1.0] * 400)


def test_opening_and_asking_copies_no_segment(folder: Path) -> None:
    whoosh.WhooshIndex(folder).search(["common"], 5)  # what is imported and kept once
    size = sum(path.stat().st_size for path in (folder / "base").glob("*.seg"))
    assert size > 300_000
    tracemalloc.start()
    try:
        opened = whoosh.WhooshIndex(folder)
        assert len(opened.search(["common", "twice", "word7"], 500)) == 400
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size / 3


def test_an_open_index_answers_after_its_folder_is_gone_and_closes(folder: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(folder, tmp_path / "copied")
    opened, kept = whoosh.WhooshIndex(copied), whoosh.WhooshIndex(folder)
    shutil.rmtree(copied)
    assert opened.search(["word7", "common"], 9) == kept.search(["word7", "common"], 9)
    readers = [reader for reader, _ in opened._parts]
    del opened
    assert all(reader.is_closed for reader in readers)


def test_a_word_that_no_article_has_finds_nothing(folder: Path) -> None:
    assert whoosh.WhooshIndex(folder).search(["absent"], 5) == []


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_segment_cut_off_is_refused(folder: Path, tmp_path: Path, share: float) -> None:
    copied = shutil.copytree(folder, tmp_path / "copied")
    [segment] = (copied / "base").glob("*.seg")
    segment.write_bytes(segment.read_bytes()[: int(segment.stat().st_size * share)])
    with pytest.raises(Exception):  # noqa: B017 - the engine's own, of many kinds
        whoosh.WhooshIndex(copied)


def test_a_part_reads_like_a_file_of_whooshs(tmp_path: Path) -> None:
    # A pickle longer than is looked at first, and what comes before and after it.
    long = pickle.dumps({f"field {number}": number for number in range(900)})
    data = b"1234" + long + b"after"
    (tmp_path / "one.seg").write_bytes(b"##" + data + b"##")
    ours = MappedStorage(tmp_path).open_file("one.seg").subset(2, len(data))
    theirs = BufferFile(memoryview(data))
    for step in ("read_int", "tell", "read_pickle", "tell", "read", "tell", "read"):
        assert getattr(ours, step)() == getattr(theirs, step)()
    for offset, whence in ((3, 0), (2, 1), (-4, 2)):
        assert ours.seek(offset, whence) == theirs.seek(offset, whence)
        assert ours.read(3) == theirs.read(3)
    assert ours.get(1, 9) == theirs.get(1, 9)
    ours.seek(len(data) - 2)
    with pytest.raises((EOFError, pickle.UnpicklingError)):
        ours.read_pickle()
