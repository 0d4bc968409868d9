"""Which addresses are videos."""

import pytest

from kb.markup.media import Video, video_of


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://youtu.be/dQw4w9WgXcQ?t=3",
        "https://m.youtube.com/watch?app=x&v=dQw4w9WgXcQ",
        "https://www.youtube.com/embed/dQw4w9WgXcQ",
    ],
)
def test_every_spelling_of_a_youtube_address_is_the_frame_without_cookies(url: str) -> None:
    found = video_of(url)
    assert isinstance(found, Video)
    assert found.frame == "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "https://evil.example/watch?v=dQw4w9WgXcQ", "https://youtu.be/short",
     "//youtu.be/dQw4w9WgXcQ", "https://vimeo.com/about", "https://[bad", ""],
)  # fmt: skip
def test_anything_else_is_no_video(url: str) -> None:
    assert video_of(url) is None
