"""A data folder of every release, opened by this one. Every release adds one: see tests/app/upgrades/make.py."""

import json
import zipfile
from pathlib import Path

import pytest

from app import create_app
from app.settings.schema import Settings
from app.version import VERSION
from support.tickets.models import Upload
from tests import articles
from tests.app.test_backups import reply_to
from tests.app.upgrades.make import HERE, NOW, values
from tests.support.conftest import new_ticket

FOLDERS = sorted(HERE.glob("*.zip"))


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.stem)
def test_a_data_folder_of_an_earlier_release_goes_on(path: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read("facts.json"))
        archive.extractall(tmp_path)

    app = create_app(Settings.load(values(tmp_path), environ={}))
    s, client = app.extensions["signpost"], app.test_client()
    articles.publish(s)

    page = client.get(f"/t/{facts['token']}")
    assert page.status_code == 200 and facts["reference"] in page.text
    assert s.tickets.files.path(facts["sha256"]).read_bytes() == b"what I saw"
    assert s.ingester().ingest(reply_to(facts["reference"]), NOW).outcome.value == "message"
    assert s.desk.accounts.sign_in(facts["login"], facts["password"], "", "a test", NOW)
    assert s.articles.visible_count(NOW.date()) == facts["articles"]
    assert s.revisions.latest().number >= facts["revision"]
    saved = s.tickets.files.save(Upload("more.txt", b"and more"))
    assert s.tickets.create(new_ticket(attachments=(saved,)), None, NOW).reference != facts["reference"]
    s.close()


def test_there_is_a_folder_of_this_release() -> None:
    """Raise the version only once the folder of the one before is kept."""
    assert [path for path in FOLDERS if path.name.startswith(f"{VERSION}-")]
    assert sum(path.stat().st_size for path in FOLDERS) < 200_000 * len(FOLDERS)
