"""How messages, links and sessions are shown; texts from a server are escaped."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.frames.dtypes import TEXT
from tracker_magic.layout import WIDTH, wrapped
from tracker_magic.notebook.sessions import SessionStatus
from tracker_magic.notebook.texts import Lang, duration, source_text, text
from tracker_magic.printable import escaped, printable
from tracker_magic.settings import browser_address
from tracker_magic.tracker import Explanation, Me

# JupyterLab breaks words, and has wide margins.
_PREFORMATTED: Final = "white-space: pre-wrap; word-break: normal; overflow-wrap: normal; margin: 0; padding: 0"
_LEFT_COLUMN: Final = re.compile(r" *(?:→ |\S.* {2,}(?=\S))")

_PARTED: Final = " · "


@dataclass(frozen=True, slots=True)
class Note:
    """A message for people: plain text in a terminal, HTML in a notebook."""

    text: str
    markup: str

    def __repr__(self) -> str:
        return getattr(self, "text", "")  # a debugger may show one that is half built

    def _repr_html_(self) -> str:
        return self.markup


def note(*lines: str) -> Note:
    """Return a message of plain lines; control characters, which a terminal obeys, are removed, and HTML is escaped."""
    return Note("\n".join(map(printable, lines)), "<br>".join(map(escaped, lines)))


def preformatted(text: str) -> Note:
    """Return a text that is shown in a fixed-width font; where a line has no room, its right column stays a column."""
    clean = printable(text)
    lines = "".join(
        f'<div style="padding-left: {column}ch; text-indent: -{column}ch">{html.escape(line) or "<br>"}</div>'
        for column, line in _rows(clean)
    )
    return Note(clean, f'<pre style="{_PREFORMATTED}">{lines}</pre>')


def _rows(text: str) -> list[tuple[int, str]]:
    """Return the lines, each with the column at which its text begins; a row that `wrapped` broke is whole again."""
    rows: list[tuple[int, str]] = []
    column, length = 0, 0  # of the row, and of its last line
    for line in text.splitlines():
        words = line.lstrip()
        indent = len(line) - len(words)
        # Lines of code are indented by two blanks, and are never joined.
        if words and indent == column > 2 and length + 1 + len(words.split()[0]) > WIDTH:  # noqa: PLR2004 - see above
            rows[-1] = (column, f"{rows[-1][1]} {words}")
        else:
            left = _LEFT_COLUMN.match(line)
            column = left.end() if left else indent
            rows.append((column, line))
        length = len(line)
    return rows


def links(addresses: Sequence[tuple[str, str]]) -> Note:
    """Return links to click on, from pairs of a name and an address."""
    markup = [
        f'<a href="{html.escape(browser_address(url))}" target="_blank" rel="noopener">{html.escape(name)}</a>'
        for name, url in addresses
        if url.startswith(("https://", "http://"))
    ]
    return Note("\n".join(printable(url) for _, url in addresses), "<br>".join(markup))


def written(path: Path) -> Note:
    """Return where a file was written and how large it is, with a link to it."""
    plain = note(f"{path} ({path.stat().st_size / 1000:,.0f} kB)")
    inside = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else None
    if inside is None:  # a notebook's server shows only files below its folder
        return plain
    link = f'<a href="{html.escape(quote(inside.as_posix()))}" target="_blank">{escaped(str(inside))}</a>'
    return Note(plain.text, plain.markup.replace(escaped(str(path)), link))


def explanation(result: Explanation) -> Note:
    """Return the result of `--dry-run`: the final query, matches, requests, seconds."""
    return note(*str(result).splitlines())


def who(session_statuses: Sequence[SessionStatus], lang: Lang, now: datetime) -> Note:
    """Return who is logged in, where, how and until when: a line for each session, the first in bold, then its note."""
    lines = [_status_line(each, lang, now) for each in session_statuses]
    plain = note(*lines, *(each.note for each in session_statuses[:1] if each.note))
    first, *others = plain.markup.split("<br>")
    return Note("\n".join(map(_fitted, plain.text.splitlines())), "<br>".join([f"<b>{first}</b>", *others]))


def _fitted(line: str) -> str:
    """Return a line in 80 columns, broken between its parts if it has some."""
    first, *parts = line.split(_PARTED)
    lines = [first]
    for part in parts:
        if len(f"{lines[-1]}{_PARTED}{part}{_PARTED}") <= WIDTH:
            lines[-1] += f"{_PARTED}{part}"
        else:
            lines[-1] += _PARTED.rstrip()
            lines.append(f"  {part}")
    return "\n".join(wrapped(each, 2) for each in lines)


def names_of(session_statuses: Sequence[SessionStatus], lang: Lang) -> Note:
    """Return the names of the sessions, of which the current one is marked, with who is logged in there."""
    return note(*(f"{_name(each, lang)}: {each.me.login if each.me else each.problem}" for each in session_statuses))


def _name(status: SessionStatus, lang: Lang) -> str:
    return text("status.current_session" if status.current else "status.session", lang, name=status.name)


def _status_line(status: SessionStatus, lang: Lang, now: datetime) -> str:
    session = _name(status, lang)
    if status.me is None:
        return f"{session}: {status.problem}"
    parts = (
        f"{status.me.display} ({status.me.login})",
        organisation(status.org, status.org_kind, lang),
        text("status.source", lang, source=source_text(status.source, lang)),
        _time_left(status.expires_at, lang, now),
        session,
    )
    return _PARTED.join(part for part in parts if part)


def organisation(org: str | None, kind: str | None, lang: Lang) -> str:
    """Return an organisation with the name of its kind."""
    if not org:
        return text("status.no_organisation", lang)
    return text("status.organisation", lang, id=org, kind=text(f"organisation.kind.{kind}", lang))


def _time_left(expires_at: datetime | None, lang: Lang, now: datetime) -> str:
    if expires_at is None:
        return ""
    until = f"{expires_at:%Y-%m-%d %H:%M}"
    if expires_at <= now:
        return text("status.expired", lang, until=until)
    return text("status.time_left", lang, left=duration((expires_at - now).total_seconds(), lang), until=until)


def sessions(session_statuses: Sequence[SessionStatus]) -> pd.DataFrame:
    """Return a frame of all sessions; `expires_at` is in UTC, `problem` the error if the user could not be fetched."""
    rows = [
        (each.name, each.current, *_user(each.me), each.org, each.org_kind, each.source, each.expires_at, each.problem)
        for each in session_statuses
    ]
    names = ("session", "current", "login", "display", "id", "org", "org_kind", "source", "expires_at", "problem")
    dtypes = {"current": "boolean", "expires_at": "datetime64[us, UTC]"}
    return pd.DataFrame(rows, columns=list(names)).astype({name: dtypes.get(name, TEXT) for name in names})


def _user(me: Me | None) -> tuple[str | None, ...]:
    return (me.login, me.display, me.id) if me else (None, None, None)


def display(shell: InteractiveShell, view: Any, *, display_id: str | None = None, update: bool = False) -> None:
    """Show something at once, also if it is not the last value of a cell; or replace what has this `display_id`."""
    formatter: Any = shell.display_formatter
    data, metadata = formatter.format(view)
    transient = {"display_id": display_id} if display_id else {}
    if data:  # a widget of ipywidgets 7 has shown itself
        shell.display_pub.publish(data=data, metadata=metadata, transient=transient, update=update)
