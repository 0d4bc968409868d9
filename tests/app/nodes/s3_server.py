"""An S3 server in small, on a real port, for the calls a bucket is used with.

moto has a whole one, but its botocore needs an older python-dateutil than the one that is pinned here.
"""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

_MISSING = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>gone</Message></Error>"
_REFUSED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>no</Message></Error>"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        said = self.headers.get("x-amz-content-sha256", "")
        if said not in {"UNSIGNED-PAYLOAD", hashlib.sha256(data).hexdigest()}:
            self._answer(400, _REFUSED)
        elif self._is_allowed():
            self.objects[self._name()] = data
            self._answer(200, b"")

    def do_GET(self) -> None:
        if self._is_allowed():
            found = self.objects.get(self._name())
            self._answer(200 if found is not None else 404, _MISSING if found is None else found)

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        if self._is_allowed():
            self.objects.pop(self._name(), None)
            self._answer(204, b"")

    def _name(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _is_allowed(self) -> bool:
        if "Credential=key/" in self.headers.get("Authorization", ""):
            return True
        self._answer(403, _REFUSED)
        return False

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.send_header("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT")
        self.send_header("Content-Type", "application/xml" if status >= 400 else "application/octet-stream")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class S3Server:
    """`url` is the setting `files_url` of a bucket on it, `objects` what it holds by path."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        handler = type("Handler", (_Handler,), {"objects": self.objects})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"s3+http://key:secret@127.0.0.1:{self._server.server_port}/signpost/files"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
