"""A table of figures with its chart, on the desk's pages of insight and as CSV."""

import csv
import io
from dataclasses import dataclass

from flask import make_response
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.web.i18n import listed
from support.agents.export import cell

NO_CHART = Markup("")


@dataclass(frozen=True)
class Cell:
    """A figure, with the address of what is behind it; `lang` is that of words which are not the page's, `code` what
    stands in a file instead of them."""

    text: str | int
    url: str = ""
    lang: str = ""
    parts: tuple["Cell", ...] = ()
    code: str = ""

    @property
    def plain(self) -> str | int:
        """As one text."""
        return listed(str(one.text) for one in self.parts) if self.parts else self.code or self.text


@dataclass(frozen=True)
class Section:
    """A table with its chart. `legend` names the chart's series."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: Markup = NO_CHART
    legend: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Board:
    name: str
    title: str
    sections: tuple[Section, ...]


def as_csv(section: Section, name: str) -> Response:
    """A table as a file that no spreadsheet runs anything of."""
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow([cell(column) for column in section.columns])
    write.writerows([cell(one.plain) for one in row] for row in section.rows)
    response = make_response("\ufeff" + text.getvalue())
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
