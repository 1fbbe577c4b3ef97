"""How results look: frames as they are, a single issue turned, short messages; what a server said is escaped."""

import html
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from tracker_magic.errors import MissingIssues, ValueWarning
from tracker_magic.frames.dtypes import TEXT
from tracker_magic.notebook.texts import Lang, left, text

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from tracker_magic.notebook.sessions import SessionStatus
    from tracker_magic.tracker import Explanation, Me

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Note:
    """A message for people: plain text in a terminal, HTML in a front end."""

    text: str
    markup: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.markup


def note(*lines: str) -> Note:
    """A message of plain lines; control signs (a terminal would obey them) are left out, HTML is escaped."""
    clean = [_CONTROL.sub("", line) for line in lines]
    return Note("\n".join(clean), "<br>".join(html.escape(line) for line in clean))


def preformatted(text: str) -> Note:
    """A text whose columns stand under each other."""
    return Note(text, f"<pre>{html.escape(text)}</pre>")


def links(addresses: Sequence[tuple[str, str]]) -> Note:
    """Links to click on, each with its name."""
    markup = [
        f'<a href="{html.escape(url)}" target="_blank" rel="noopener">{html.escape(name)}</a>'
        for name, url in addresses
        if url.startswith(("https://", "http://"))
    ]
    return Note("\n".join(url for _, url in addresses), "<br>".join(markup))


class Turned(pd.DataFrame):
    """One issue, shown with name beside value and without unset fields; to Python an ordinary frame of one row."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    def _turned(self) -> pd.DataFrame:
        row = self.iloc[0]
        given = {str(name): value for name, value in row.items() if not _is_unset(value)}
        values = pd.Series(list(given.values()), index=list(given), dtype=object)
        return values.to_frame(str(given.get("key", "")))

    def _repr_html_(self) -> str:
        with _wide():
            return str(self._turned().to_html(notebook=True))

    def __repr__(self) -> str:
        with _wide():
            return self._turned().to_string()


def _is_unset(value: Any) -> bool:
    return value is None or (not isinstance(value, (list, dict)) and bool(pd.isna(value)))


def _wide() -> Any:
    return pd.option_context("display.max_rows", None, "display.max_colwidth", 200)


def turned(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` shown turned, if it holds a single issue."""
    if len(frame) != 1:
        return frame
    shown = Turned(frame)
    shown.attrs = frame.attrs
    return shown


def explanation(found: "Explanation") -> Note:
    """What `--dry-run` says: the final query, matches, requests, seconds."""
    requests = f"{found.requests:,} request" + ("" if found.requests == 1 else "s")
    return note(str(found.query), f"{found.matches:,} issues · {requests} · about {max(found.seconds, 1):.0f} s")


def who(session_statuses: Sequence["SessionStatus"], lang: Lang, now: datetime) -> Note:
    """Who is logged in, where, by what, how long: one line for each session, the asked one in bold, then its note."""
    lines = [_who(each, lang, now) for each in session_statuses]
    said = note(*lines, *(each.note for each in session_statuses[:1] if each.note))
    first, *rest = said.markup.split("<br>")
    return Note(said.text, "<br>".join([f"<b>{first}</b>", *rest]))


def _who(standing: "SessionStatus", lang: Lang, now: datetime) -> str:
    key = "who.current" if standing.current else "who.session"
    session = text(key, lang, name=standing.name)
    if standing.me is None:
        return text("who.silent", lang, session=session, problem=standing.problem)
    parts = (
        text("who.as", lang, display=standing.me.display, login=standing.me.login),
        organisation(standing.org, standing.org_kind, lang),
        text("who.source", lang, source=standing.source),
        _left(standing.expires_at, lang, now),
        session,
    )
    return " · ".join(part for part in parts if part)


def organisation(org: str | None, kind: str | None, lang: Lang) -> str:
    """An organisation with the name of its kind."""
    return text("who.org", lang, id=org, kind=text(f"org.{kind}", lang)) if org else text("org.none", lang)


def _left(ends: datetime | None, lang: Lang, now: datetime) -> str:
    if ends is None:
        return ""
    until = f"{ends:%Y-%m-%d %H:%M}"
    if ends <= now:
        return text("who.ended", lang, until=until)
    return text("who.left", lang, left=left((ends - now).total_seconds(), lang), until=until)


def sessions(session_statuses: Sequence["SessionStatus"]) -> pd.DataFrame:
    """Every open session, one row each; `expires_at` in UTC; `problem`: what a service said that did not answer who."""
    rows = [
        (each.name, each.current, *_named(each.me), each.org, each.org_kind, each.source, each.expires_at, each.problem)
        for each in session_statuses
    ]
    names = ("session", "current", "login", "display", "id", "org", "org_kind", "source", "expires_at", "problem")
    kinds = {"current": "boolean", "expires_at": "datetime64[us, UTC]"}
    return pd.DataFrame(rows, columns=list(names)).astype({name: kinds.get(name, TEXT) for name in names})


def _named(me: "Me | None") -> tuple[str | None, ...]:
    return (me.login, me.display, me.id) if me else (None, None, None)


def display(shell: "InteractiveShell", view: Any) -> None:
    """Show something at once, so that it is seen wherever in a cell it comes from."""
    formatter: Any = shell.display_formatter
    data, metadata = formatter.format(view)
    shell.display_pub.publish(data=data, metadata=metadata)


@contextmanager
def told_warnings() -> Iterator[None]:
    """Say this package's warnings in one line each, every time; leave all others as they were."""
    with warnings.catch_warnings(record=True) as caught:
        for kind in (MissingIssues, ValueWarning):
            warnings.simplefilter("always", kind)
        try:
            yield
        finally:
            heard = list(caught)
    for each in heard:
        if issubclass(each.category, (MissingIssues, ValueWarning)):
            sys.stderr.write(f"{each.category.__name__}: {_CONTROL.sub('', str(each.message))}\n")
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
