"""Pure: what a source and its translation, as their files are now, say of how the translation stands.

Files change outside of the desk, so nothing here counts on being told. A translation counts as made from the source as
it was when both were first seen, unless its date of update says that it is older; and as made anew when its `updated`
moved up to the source's. That it was changed at all says nothing: it may have been a comma.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from kb.authoring.sections import changed_headings
from kb.translations.models import Basis, Content, How, Weight
from kb.translations.weights import guessed


def digest_of(content: Content) -> str:
    parts = "\0".join((content.title, content.summary, content.body.strip()))
    return hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def first_seen(path: str, own: Content, source_path: str, source: Content, now: datetime) -> Basis:
    digest = digest_of(source)
    if _is_older(own, source):
        return Basis(
            path, source_path, "", How.UNKNOWN, now, digest_of(own), digest, _day(own), stale_at=now,
            weight=Weight.MINOR,
        )  # fmt: skip
    return Basis(path, source_path, digest, How.SEEN, now, digest_of(own), digest, _day(own))


def made_from(
    known: Basis | None, path: str, own: Content, source_path: str, source: Content, how: How, login: str, now: datetime
) -> Basis:
    """Somebody has brought the translation up to the source as it is."""
    digest = digest_of(source)
    made = Basis(path, source_path, digest, how, now, digest_of(own), digest, _day(own), login)
    return (
        made if known is None else replace(known, **{name: getattr(made, name) for name in made.__dataclass_fields__})
    )


def noticed(
    known: Basis, own: Content, source_path: str, source: Content, was: Callable[[], Content | None], now: datetime
) -> Basis:
    """How it stands now; the same object where nothing is new. `was` is asked for the source it was made from."""
    own_digest, digest, updated = digest_of(own), digest_of(source), _day(own)
    if known.source != source_path:
        return replace(first_seen(known.path, own, source_path, source, now), login=known.login)
    renewed = updated > known.own_updated and own_digest != known.own_digest and not _is_older(own, source)
    made = replace(known, own_digest=own_digest, own_updated=max(updated, known.own_updated))
    if renewed:
        return made_from(known, known.path, own, source_path, source, How.SEEN, "", now)
    if digest == known.digest:
        made = replace(made, seen_digest=digest, weight=None, stale_at=None, changed=())
    elif digest != known.seen_digest:
        made = after_edit(made, source, was(), None, now)
    return known if made == known else made


def after_edit(known: Basis, source: Content, was: Content | None, weight: Weight | None, now: datetime) -> Basis:
    """The source became this. `weight` is what the person who saved it says, None where nobody was asked: what is
    guessed then is of everything since the translation was made."""
    digest = digest_of(source)
    if digest == known.digest:
        return replace(known, seen_digest=digest, weight=None, stale_at=None, changed=())
    whole = weight or (guessed(as_text(was), as_text(source)) if was else Weight.MINOR)
    heaviest = max((one for one in (known.weight, whole) if one), key=lambda one: one.rank)
    since = known.stale_at if known.stale_at and known.weight is not Weight.TYPO else now
    changed = changed_headings(was.body, source.body) if was else ()
    return replace(known, seen_digest=digest, weight=heaviest, stale_at=since, changed=changed)


def as_text(content: Content) -> str:
    """One text of it, to compare."""
    return f"{content.title}\n\n{content.summary}\n\n{content.body}"


def _is_older(own: Content, source: Content) -> bool:
    return bool(own.updated and source.updated and own.updated < source.updated)


def _day(content: Content) -> str:
    return content.updated.isoformat() if content.updated else ""


def weighed(known: Basis, weight: Weight) -> Basis:
    """As somebody says who has looked at what changed."""
    return replace(known, weight=weight)
