"""Makes relative URLs in an article's HTML absolute, for embedding in pages of other origins."""

import re

_TAG = re.compile(r"<[a-z][^<>]*>")  # in sanitised HTML a `<` that is text is written `&lt;`
_ADDRESS = re.compile(r'(\s(?:src|href|poster)=")(?=/(?!/))')


def with_full_addresses(html: str, base: str) -> str:
    return _TAG.sub(lambda tag: _ADDRESS.sub(rf"\g<1>{base}", tag[0]), html)
