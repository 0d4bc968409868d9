"""Run by other Python versions: composes a mail of hostile values and prints its headers, one a line, as JSON."""

import json
import sys
from email.message import EmailMessage

from support.email import headers

WORD = "=?utf-8?q?x=0d=0aBcc:_eve@evil.example=0d=0aX-Evil:_1=0d=0a=0d=0a<h1>Your_account</h1>?="


def composed(value: str) -> EmailMessage:
    """A mail with this value wherever a stranger's text may stand."""
    mail = EmailMessage(policy=headers.POLICY)
    mail["Subject"] = value
    mail["From"] = headers.Mailbox("Signpost", "help@help.example")
    mail["To"] = headers.Mailbox(value, "ada@example.org")
    mail["Reply-To"] = headers.Mailbox(value, "team@help.example")
    mail["List-Id"] = value
    mail["X-Signpost-Reference"] = value
    mail.set_content("The text.", charset="utf-8")
    mail.add_alternative("<p>The text.</p>", subtype="html", charset="utf-8")
    mail.add_attachment(b"data", maintype="application", subtype="octet-stream")
    part = mail.get_payload()[-1]  # type: ignore[index]
    del part["Content-Disposition"]  # type: ignore[arg-type]
    part["Content-Disposition"] = headers.attachment(value)  # type: ignore[index]
    return mail


if __name__ == "__main__":
    mail = composed(sys.argv[1])
    raw = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
    headers.check_serialized(mail, raw)
    head = raw.partition(b"\r\n\r\n")[0].decode()
    sys.stdout.write(json.dumps({"version": sys.version.split()[0], "head": head, "all": raw.decode()}))
