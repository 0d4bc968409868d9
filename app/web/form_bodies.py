"""Bodies of forms, bounded before they are parsed: how many bytes of text, and how many fields."""

from io import BytesIO
from typing import IO, Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

FIELDS_MOST = 500


class _BoundedForms(FormDataParser):
    # The framework bounds the fields of multipart bodies only.
    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Any:
        most = self.max_form_memory_size or 0
        body = stream.read(most + 1)
        if len(body) > most or body.count(b"&") >= FIELDS_MOST:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(body), mimetype, content_length, options)


class BoundedRequest(Request):
    """Requests whose forms are bounded."""

    form_data_parser_class = _BoundedForms
