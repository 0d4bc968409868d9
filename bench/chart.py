"""Pure: line charts with a logarithmic axis as SVG, readable on light and dark pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 210, 40, 48
# A palette safe for colour-blind readers (Okabe and Ito).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


@dataclass(frozen=True)
class Line:
    """A named line; `values` are greater than zero."""

    name: str
    values: Sequence[float]


def chart(title: str, axis: str, at: Sequence[float], lines: Sequence[Line]) -> str:
    """An SVG document. `at` are the x values, `axis` is their label."""
    values = [v for line in lines for v in line.values]
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    first, last = log10(min(at)), log10(max(at))

    def x(value: float) -> float:
        return round(_LEFT + (log10(value) - first) / max(last - first, 1e-9) * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (log10(value) - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="12"><title>{escape(title)}</title>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="22" font-size="14" fill="#222222">{escape(title)}</text>',
    ]
    for power in range(low, high + 1):
        height = y(10.0**power)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{height}" y2="{height}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{height + 4}" text-anchor="end" fill="#444444">{10.0**power:,g}</text>')
    for value in at:
        parts.append(
            f'<text x="{x(value)}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle" fill="#444444">{value:,.0f}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle" fill="#444444">{escape(axis)}</text>')
    # Names stand where their lines end, pushed apart where lines end close together.
    ends, beneath = sorted(range(len(lines)), key=lambda i: y(lines[i].values[-1])), -100.0
    for i in ends:
        line, colour = lines[i], _COLOURS[i % len(_COLOURS)]
        points = " ".join(f"{x(a)},{y(v)}" for a, v in zip(at, line.values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(a)}" cy="{y(v)}" r="3" fill="{colour}"/>' for a, v in zip(at, line.values, strict=True)
        ]
        beneath = max(y(line.values[-1]) + 4, beneath + 16)
        parts.append(f'<text x="{_WIDTH - _RIGHT + 10}" y="{beneath}" fill="{colour}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])
