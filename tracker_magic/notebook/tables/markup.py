"""A view as HTML, in the colours of JupyterLab's theme; every text is escaped."""

import re
from typing import Final

from tracker_magic.notebook.tables.view import Cell, View, ViewColumn
from tracker_magic.printable import escaped
from tracker_magic.settings import browser_address

_LINE: Final = 16  # a column of texts up to this length, such as names of people, is not broken
# Front ends without JupyterLab's variables: the text has their own colour, links that of the system's theme.
_STYLE: Final = """<style>
.tm-view { --tm-link: var(--jp-content-link-color, #0969da); color: var(--jp-content-font-color1, inherit);
  overflow-x: auto; }
@media (prefers-color-scheme: dark) { .tm-view { --tm-link: var(--jp-content-link-color, #58a6ff); } }
.tm-view.tm-view table { border-collapse: collapse; margin: 0; table-layout: auto; }
.tm-view.tm-view th, .tm-view.tm-view td { text-align: left; vertical-align: top; padding: .3em .8em .3em 0;
  border: 0; border-bottom: 1px solid var(--jp-border-color2, #8884); white-space: normal; max-width: 18em; }
.tm-view.tm-view th { font-weight: 600; }
.tm-view.tm-view .tm-wide { min-width: 15em; max-width: 40em; }
.tm-view.tm-view .tm-line { white-space: nowrap; max-width: none; }
.tm-view.tm-view .tm-number { text-align: right; white-space: nowrap; }
.tm-view.tm-view .tm-value { white-space: pre-wrap; max-width: 60em; overflow-wrap: anywhere; }
.tm-view.tm-view a { color: var(--tm-link); }
.tm-view.tm-view p { margin: .4em 0; opacity: .75; }
</style>"""


def html(view: View) -> str:
    """Return the table, or for a single issue its names beside their values, and the note below."""
    rows = _fields(view) if view.is_single_issue else _table(view)
    note = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped(view.note))
    return f'<div class="tm-view">{_STYLE}<table>{rows}</table><p>{note}</p></div>'


def _table(view: View) -> str:
    heads = "".join(f"<th{_class(column)}>{escaped(column.name)}</th>" for column in view.columns)
    cells = [[f"<td{_class(column)}{_content(cell)}</td>" for cell in column.cells] for column in view.columns]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
    return f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>"


def _fields(view: View) -> str:
    rows = (
        f'<tr><th>{escaped(column.name)}</th><td class="tm-value"{_content(column.cells[0])}</td></tr>'
        for column in view.columns
    )
    return f"<tbody>{''.join(rows)}</tbody>"


def _class(column: ViewColumn) -> str:
    is_text = column.look == "text" and any(len(cell.text) > _LINE for cell in column.cells)
    return "" if is_text else f' class="tm-{"line" if column.look == "text" else column.look}"'


def _content(cell: Cell) -> str:
    """Return the rest of a cell's tag, with the whole text to read on hover, and its content."""
    title = f' title="{escaped(cell.whole)}"' if cell.whole else ""
    text = escaped(cell.text)
    if cell.url:
        text = f'<a href="{escaped(browser_address(cell.url))}" target="_blank" rel="noopener noreferrer">{text}</a>'
    return f"{title}>{text}"
