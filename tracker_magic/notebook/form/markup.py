"""The form's HTML. Every text that came from elsewhere is escaped; a link is https, or http to this machine."""

import re
from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import urlsplit

from tracker_magic.notebook.form.state import Problem, State
from tracker_magic.notebook.form.texts import Say
from tracker_magic.settings import address_problem

ORGANISATIONS: Final = "https://tracker.yandex.ru/admin/orgs"
NEW_APP: Final = "https://oauth.yandex.ru/client/new/"

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Selects the code beside the button and copies it; where scripts may not run, the code can be selected by a click.
_COPY: Final = (
    "getSelection().selectAllChildren(this.previousElementSibling);"
    "document.execCommand('copy');this.textContent=this.dataset.done"
)


def plain(text: str) -> str:
    """A text made safe for HTML, without signs that turn or hide what stands around it."""
    return escape(_CONTROL.sub("", text))


def link(url: str, text: str = "") -> str:
    """A link that opens a page of its own; where the address is not safe, only its text."""
    if not _is_safe(url):
        return plain(text or url)
    return f'<a href="{plain(url)}" target="_blank" rel="noopener noreferrer">{plain(text or url)}</a>'


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return address_problem(f"{parts.scheme}://{parts.netloc}") is None


def title(state: State, say: Say) -> str:
    """The form's heading."""
    text = say("title_done" if state.screen == "done" else "title")
    name = f" · {plain(state.name)}" if state.name else ""
    return f'<div class="tm-title" role="heading" aria-level="3">{text}{name}</div>'


def org_help(say: Say) -> str:
    """What the id looks like, and where it stands."""
    return _small(say("org_help").format(link=link(ORGANISATIONS, ORGANISATIONS.removeprefix("https://"))))


def way_help(state: State, say: Say) -> str:
    """What the chosen way will ask for."""
    return _small(re.sub(r"`([^`]+)`", r"<code>\1</code>", say(f"help_{state.way}")))


def register(say: Say) -> str:
    """How to register an app, in three steps (AUTH 1.2.1)."""
    address = link(NEW_APP, NEW_APP.removeprefix("https://"))
    steps = "".join(f"<li>{say(f'register_{number}').format(link=address)}</li>" for number in (1, 2, 3))
    return f'<div class="tm-small">{say("register_title")}<ol>{steps}</ol></div>'


def opening(state: State, say: Say) -> str:
    """Which page to open."""
    if not state.link:
        return ""
    if not state.user_code:
        return f"<div class='tm-open'>{say('open').format(link=link(state.link, say('page')))}</div>"
    return f"<div class='tm-open'>{say('open_device').format(link=link(state.link))}</div>"


def code(state: State, say: Say) -> str:
    """The code to type elsewhere, with a button that copies it."""
    if not state.user_code:
        return ""
    button = (
        f'<button type="button" class="tm-copy" data-done="{say("copied")}" onclick="{_COPY}">{say("copy")}</button>'
    )
    return f'<div class="tm-shown"><code class="tm-code" tabindex="0">{plain(state.user_code)}</code>{button}</div>'


def countdown(state: State, say: Say) -> str:
    """How long the code still lives."""
    if state.left_s is None:
        return ""
    minutes, seconds = divmod(state.left_s, 60)
    return _small(say("countdown").format(time=f"<b>{minutes}:{seconds:02d}</b>"))


def problem(found: Problem | None) -> str:
    """What went wrong and what to do, read out at once."""
    if found is None:
        return ""
    hint = f"<br>{plain(found.hint)}" if found.hint else ""
    return f'<div class="tm-problem" role="alert"><b>{plain(_sentence(found.message))}</b>{hint}</div>'


def status(text: str) -> str:
    """What happens now, read out when nothing else is."""
    return f'<div role="status" aria-live="polite">{plain(text)}</div>' if text else ""


def who(state: State, say: Say) -> str:
    """Who is logged in, at which organisation, until when, and where that rests."""
    me = state.me
    if me is None:
        return ""
    kind = say(f"kind_{me.org_kind}") if me.org_kind else ""
    rows = {
        "who": f"<b>{plain(me.display)}</b> ({plain(me.login)})",
        "organisation": f"{plain(me.org)} · {kind}" if me.org else say("no_organisation"),
        "until": _moment(me.expires_at) if me.expires_at else say("no_end"),
        "source": plain(me.source),
        "rests": say(f"place_{state.place or 'kernel'}"),
    }
    cells = "".join(f"<tr><th>{say(name)}</th><td>{value}</td></tr>" for name, value in rows.items())
    note = f'<div class="tm-small">{plain(state.note)}</div>' if state.note else ""
    return f'<div role="status"><table class="tm-who">{cells}</table>{note}</div>'


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")


def _small(text: str) -> str:
    return f'<div class="tm-small">{text}</div>'
