"""The page of a report: its sections as one HTML text, which needs no network, script or file beside it."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from tracker_magic.printable import escaped, printable
from tracker_magic.report.sections import Cell, Picture, Section, Table
from tracker_magic.report.style import style_sheet

IS_REPORT: Final = '<meta name="generator" content="tracker_magic report">'
"""What the head of every report contains, and no other page."""


def render_page(title: str, facts: Sequence[str], sections: Sequence[Section], web_url: str | None) -> str:
    """Return the page; `facts` are lines below the title, `web_url` is where issues are (None: no links)."""
    body = "\n".join(_section(number, each, web_url) for number, each in enumerate(sections, 1))
    contents = "".join(
        f'<li><a href="#section-{number}">{escaped(each.title)}</a></li>' for number, each in enumerate(sections, 1)
    )
    lines = "".join(f"<p>{escaped(fact)}</p>" for fact in facts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{IS_REPORT}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escaped(title)}</title>
<style>
{style_sheet()}
</style>
</head>
<body>
<header><h1>{escaped(title)}</h1>{lines}<nav><ul>{contents}</ul></nav></header>
<main>
{body}
</main>
</body>
</html>
"""


def _section(number: int, section: Section, web_url: str | None) -> str:
    pictures = "".join(map(_picture, section.pictures))
    tables = "".join(_table(each, web_url) for each in section.tables)
    definition = f'<p class="note">{escaped(section.definition)}</p>' if section.definition else ""
    heading = f'<h2 id="section-{number}">{escaped(section.title)}</h2><p>{escaped(section.text)}</p>'
    notes = "".join(f"<li>{escaped(note)}</li>" for note in section.notes)
    listed = f'<ul class="notes">{notes}</ul>' if notes else ""
    return f"<section>{heading}{listed}{pictures}{tables}{definition}</section>"


def _picture(picture: Picture) -> str:
    narrow = f'<div class="narrow">{picture.narrow}</div>' if picture.narrow else ""
    return f'<figure><div class="wide">{picture.wide}</div>{narrow}</figure>'


def _table(table: Table, web_url: str | None) -> str:
    numbers = [all(row[column].is_number for row in table.rows) for column in range(len(table.header))]
    header = "".join(
        f'<th scope="col"{_number_class(is_number=is_number)}>{escaped(text)}</th>'
        for text, is_number in zip(table.header, numbers, strict=True)
    )
    rows = "".join(_row(row, web_url) for row in table.rows)
    left_out = f'<p class="note">{escaped(table.left_out)}</p>' if table.left_out else ""
    return f'<div class="table"><table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table></div>{left_out}'


def _row(row: Sequence[Cell], web_url: str | None) -> str:
    cells = "".join(_cell(cell, web_url) for cell in row)
    notes = " ".join(cell.note for cell in row if cell.note)
    below = f'<tr class="below"><td class="note" colspan="{len(row)}">{escaped(notes)}</td></tr>' if notes else ""
    return f"<tr>{cells}</tr>{below}"


def _cell(cell: Cell, web_url: str | None) -> str:
    shown = " ".join([*(_link(key, web_url) for key in cell.keys), escaped(cell.text)]).strip()
    return f"<td{_number_class(is_number=cell.is_number)}>{shown}</td>"


def _link(key: str, web_url: str | None) -> str:
    if web_url is None or not web_url.startswith(("https://", "http://")):
        return escaped(key)
    return f'<a href="{escaped(web_url)}/{quote(printable(key), safe="")}">{escaped(key)}</a>'


def _number_class(*, is_number: bool) -> str:
    return ' class="number"' if is_number else ""
