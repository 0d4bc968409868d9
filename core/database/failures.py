"""What went wrong with a database, in the words of its server or driver: for logs and for who runs it."""

_LONGEST = 300


def reason_of(error: BaseException) -> str:
    """One line; the server's own message where there is one, with its hint. The driver hands over a dictionary of the
    protocol's fields. Neither a password nor a statement's parameters are in it."""
    original = getattr(error, "orig", None) or error
    fields = original.args[0] if original.args else None
    if isinstance(fields, dict):
        message, hint = str(fields.get("M", "")), str(fields.get("H", ""))
        told = f"{message}. {hint}" if message and hint else message
    else:
        told = str(original)
    return " ".join(told.split())[:_LONGEST] or type(original).__name__
