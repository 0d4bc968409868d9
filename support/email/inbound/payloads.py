"""What is inside of a part of a mail. The library decodes text while it is only asked for parts, and trips over broken
headers then (an empty character in a charset's name, say), so it is asked here only."""

from email.message import Message as Mail


def children(part: Mail) -> list[Mail]:
    """The parts of a multipart, or the mail in a part that holds one; none for any other part."""
    if not part.is_multipart():
        return []
    return [child for child in part.get_payload() if isinstance(child, Mail)]


def payload_bytes(part: Mail) -> bytes:
    """The part's contents without its transfer encoding; what cannot be decoded comes as it is."""
    try:
        if part.is_multipart():
            return b"".join(message.as_bytes() for message in children(part))
        data = part.get_payload(decode=True)
    except Exception:  # the library trips over broken headers of a part in many ways
        data = None
    return data if isinstance(data, bytes) else raw_text(part).encode("utf-8", "replace")


def raw_text(part: Mail) -> str:
    """The text of a part as it stands in the mail."""
    stored = part._payload  # type: ignore[attr-defined]  # asked for it, the library decodes
    return stored if isinstance(stored, str) else ""
