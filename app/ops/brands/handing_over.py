"""Giving what was one brand's to another, as after a renaming: `flask brands hand-over`.

Only the marks are changed that say whose a data folder and a database are. Nothing is moved, and nothing is taken from
a brand whose settings still name it.
"""

import os
from datetime import datetime

from sqlalchemy import Engine

from app.ops.brands.claims import claims_of
from app.ops.brands.registry import brand_names
from app.settings.brands import MAIN, derived_keys, is_name
from app.settings.problems import BadSettings
from app.settings.schema import Settings
from core.cluster.key_fingerprints import key_states
from core.cluster.owners import mark_database, mark_folder, owner_of_database, owner_of_folder
from core.database.connection import connect, sqlite_file
from core.database.timestamps import iso
from core.secret_keys import KeyRing


class NotHandedOver(Exception):
    """Nothing was changed; the message says why."""


def hand_over(old: str, new: str, now: datetime) -> list[str]:
    """Make `new` the owner of the data folder and database its settings name, which are `old`'s; what is left to do.

    Raises NotHandedOver, BadSettings, OSError or SQLAlchemyError.
    """
    for name in (old, new):
        if name != MAIN and not is_name(name):
            raise NotHandedOver(f"{name[:40]!r} cannot be the name of a brand")
    settings = Settings.load(brand=new)
    _check_free(old, settings)
    file = sqlite_file(settings.database)
    if file is not None and not file.is_file():
        raise NotHandedOver(f"there is no database at {file}; move the data folder of {old} to {settings.data_dir}"
                            f" first, or name it as data_dir of {new}")  # fmt: skip
    engine = connect(settings.database)
    try:
        owners = {owner_of_folder(settings.data_dir), owner_of_database(engine)} - {""}
        if strangers := owners - {old, new}:
            raise NotHandedOver(f"what the settings of {new} name belongs to {strangers.pop()}, not to {old}")
        if old not in owners:
            whose = f"is {new}'s already" if owners else f"is nobody's yet: {new} has it once it is opened"
            raise NotHandedOver(f"what the settings of {new} name {whose}")
        mark_folder(settings.data_dir, new)
        mark_database(engine, new, iso(now))
        return _left_to_do(old, settings, engine)
    finally:
        engine.dispose()


def _check_free(old: str, settings: Settings) -> None:
    """Whether nobody's settings name it any more but those of the new one."""
    common = Settings.load(brand=MAIN)
    if old == MAIN:
        other = common if common.default_brand == MAIN else None
    elif old in brand_names({}, os.environ):
        try:
            other = Settings.load(brand=old)
        except BadSettings as bad:
            raise NotHandedOver(f"the settings of {old} cannot be used, so what it has is not known: {bad.problems[0]}"
                                ) from None  # fmt: skip
    else:
        other = None
    if other is None:
        return
    both = {one for one in claims_of(other) if one.setting in {"data_dir", "database_url"}} & {*claims_of(settings)}
    if both:
        named = " and ".join(sorted(one.setting for one in both))
        raise NotHandedOver(f"the settings of {old} still have the same {named}; change them, or take {old} out, first")


def _left_to_do(old: str, settings: Settings, engine: Engine) -> list[str]:
    notes = []
    new, common = settings.brand or MAIN, Settings.load(brand=MAIN)
    if {"other", "lost"} & set(key_states(engine, settings.keys).values()):
        before = common.secret_key if old == MAIN else derived_keys(common.secret_key, old)
        same = before and set(key_states(engine, KeyRing(settings.secrets_dir, before)).values()) <= {
            "current", "previous", "new"
        }  # fmt: skip
        notes.append(
            f"Its keys were derived of the name {old}. Add this to the settings of {new}, and keep it as secret as a"
            f' password: secret_key = "{" ".join(before)}"'
            if same
            else f"Its keys are not those of {new}: `SIGNPOST_BRAND={new} python -m app.ops.keys status` says more."
        )
    if common.files_url:
        notes.append(
            f"Its files in the bucket stay where they were. Set files_url of {new} to the address that {old} had, or"
            " copy them."
        )
    return notes
