"""Charts of the desk as SVG, drawn here: bars and columns. Words stand beside the drawing, which may be stretched.

Colours are classes of `desk.css`, so that they follow the page's; for right-to-left pages the drawing is mirrored
there. Each has a name for screen readers, and the table beside it has the figures.
"""

from collections.abc import Sequence

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _BAR = 600, 160, 18
# The height of a bar with its label, as in desk.css.
_LINE_REM = 1.5


def columns(name: str, rows: Sequence[Sequence[float]], along: Sequence[str] = ()) -> Markup:
    """Stacked columns, one a row of `rows`: the first series at the bottom. `along` stands below, evenly spread, and
    the height of the highest column above."""
    most = max((sum(row) for row in rows), default=0) or 1
    step = _WIDTH / max(len(rows), 1)
    shapes = []
    for place, row in enumerate(rows):
        top = float(_HEIGHT)
        for series, value in enumerate(row):
            height = value / most * _HEIGHT
            top -= height
            if height:
                shapes.append(_rect(place * step + step * 0.1, top, step * 0.8, height, series))
    drawing = _svg(name, _HEIGHT, shapes)
    if not along:
        return drawing
    highest = Markup('<p class="chart-most" aria-hidden="true">{}</p>').format(most)
    words = Markup("").join(Markup("<span>{}</span>").format(one) for one in along)
    return highest + drawing + Markup('<p class="chart-along" aria-hidden="true">{}</p>').format(words)


def bars(name: str, values: Sequence[float], labels: Sequence[str]) -> Markup:
    """Bars below one another, in the order of the table's rows, each beside its label."""
    most = max(values, default=0) or 1
    shapes = [
        _rect(0, place * _BAR + 2, value / most * _WIDTH, _BAR - 4, 0) for place, value in enumerate(values) if value
    ]
    drawing = _svg(name, max(len(values), 1) * _BAR, shapes, f"{len(values) * _LINE_REM}rem")
    words = Markup("").join(Markup('<span dir="auto">{}</span>').format(one) for one in labels)
    return Markup('<div class="chart-bars"><p class="chart-bars__names" aria-hidden="true">{}</p>{}</div>').format(
        words, drawing
    )


def _rect(x: float, y: float, width: float, height: float, series: int) -> str:
    return (
        f'<rect class="chart__series chart__series--{series}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}"/>'
    )


def _svg(name: str, height: int, shapes: Sequence[str], tall: str = "") -> Markup:
    given = f' height="{tall}"' if tall else ""
    head = f'<svg class="chart"{given} viewBox="0 0 {_WIDTH} {height}" preserveAspectRatio="none" role="img"'
    head += ' aria-label="'
    return Markup(head) + escape(name) + Markup('">') + Markup("".join(shapes)) + Markup("</svg>")  # noqa: S704 - numbers
