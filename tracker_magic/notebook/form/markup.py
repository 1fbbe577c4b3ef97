"""The form's HTML and how it looks. Every text from elsewhere is escaped; a link is https, or http to this machine."""

import re
from datetime import datetime, timedelta
from typing import Final

from tracker_magic.auth.oauth import safe_url
from tracker_magic.notebook.form.state import State
from tracker_magic.notebook.sessions import FIRST, session_command
from tracker_magic.notebook.show import Note, note
from tracker_magic.notebook.texts import NEW_APP_PATH, ORGANISATIONS_PATH, ErrorText, Lang, date, source_text, text
from tracker_magic.printable import escaped
from tracker_magic.settings import browser_address
from tracker_magic.tracker import Me

# Selects the code beside the button and copies it; if scripts may not run, a click selects the code.
_COPY: Final = (
    "getSelection().selectAllChildren(this.previousElementSibling);"
    "document.execCommand('copy');this.textContent=this.dataset.done"
)

_DOT: Final = " · "
_SOON: Final = timedelta(days=2)  # an expiry that is nearer than this is shown with its time
CLASS: Final = "tm-login"

# JupyterLab's colours, with fallbacks for front ends that have none; labels above fields.
_STYLE: Final = """
.tm-login { max-width: 38em; box-sizing: border-box; padding: 12px 16px 14px; border-radius: 6px;
  border: 1px solid var(--jp-border-color1, #8886); background: var(--jp-layout-color1, transparent);
  color: var(--jp-ui-font-color1, inherit); font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  overflow-wrap: anywhere; }
.tm-login .widget-html, .tm-login .widget-html-content { height: auto; line-height: 1.45; margin: 0;
  color: var(--jp-ui-font-color1, inherit); font-size: var(--jp-ui-font-size1, 13px); }
.tm-login .widget-html, .tm-login .widget-html-content { overflow: visible; width: 100%; }
.tm-login .tm-title { font-size: 1.3em; font-weight: 600; margin-bottom: 4px; }
.tm-login .tm-small { color: var(--jp-ui-font-color2, inherit); font-size: .95em; }
.tm-login .tm-small ol { margin: 2px 0 0; padding-left: 1.6em; }
.tm-login a { color: var(--jp-content-link-color, #1a73e8); text-decoration: underline; }
.tm-login .widget-text, .tm-login .widget-dropdown { display: flex; flex-flow: column; align-items: stretch;
  width: 100%; height: auto; margin: 4px 0 0; }
.tm-login .widget-text > .widget-label, .tm-login .widget-dropdown > .widget-label { width: auto; max-width: none;
  height: auto; text-align: left; white-space: normal; line-height: 1.4; margin: 0 0 2px; font-weight: 600;
  color: var(--jp-ui-font-color1, inherit); }
.tm-login .widget-text > input, .tm-login .widget-dropdown > select { flex: none; width: 100%; min-width: 0;
  height: 30px; box-sizing: border-box; }
.tm-login .widget-dropdown > select { appearance: auto; background-image: none; padding: 0 4px; }
.tm-login .widget-radio { display: flex; flex-flow: column; width: 100%; height: auto; margin: 6px 0 0; }
.tm-login .widget-radio > .widget-label { width: auto; max-width: none; text-align: left; font-weight: 600;
  color: var(--jp-ui-font-color1, inherit); }
.tm-login .widget-radio-box, .tm-login .widget-radio-box label { color: var(--jp-ui-font-color1, inherit);
  height: auto; max-width: none; white-space: normal; line-height: 1.5; }
.tm-login .tm-more { width: auto; align-self: flex-start; margin: 0; padding: 0; background: none; border: 0;
  box-shadow: none; height: auto; line-height: 1.6; text-decoration: underline; }
.tm-login .tm-shown { margin: 8px 0; line-height: 2; }
.tm-login .tm-code { font-family: var(--jp-code-font-family, monospace); font-size: 1.7em; letter-spacing: .08em;
  padding: 2px 10px; border-radius: 4px; user-select: all; -webkit-user-select: all;
  border: 1px solid var(--jp-border-color1, #8886);
  background: var(--jp-layout-color2, transparent); color: var(--jp-ui-font-color0, inherit); }
.tm-login .tm-copy { font: inherit; margin-left: 6px; padding: 3px 12px; cursor: pointer; vertical-align: .3em;
  border-radius: 3px; border: 1px solid var(--jp-border-color1, #8886);
  background: var(--jp-layout-color2, transparent); color: inherit; }
.tm-login .tm-problem { margin-top: 6px; padding: 6px 10px; border-left: 4px solid var(--jp-error-color1, #d32f2f);
  background: var(--jp-layout-color2, transparent); }
.tm-login .tm-buttons { flex-flow: row wrap; gap: 6px; margin-top: 8px; }
.tm-login .tm-buttons .jupyter-button { width: auto; min-width: 7em; margin: 0; }
.tm-login .jupyter-button:focus-visible, .tm-login input:focus-visible, .tm-login select:focus-visible,
.tm-login .tm-copy:focus-visible, .tm-login .tm-code:focus-visible, .tm-login a:focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
"""
# Without its kernel the form cannot be used, and JupyterLab would mark each of its parts as broken.
_DISCONNECTED: Final = """
.tm-login.jupyter-widgets-disconnected > * { display: none !important; }
.tm-login.jupyter-widgets-disconnected::before { all: unset; content: "%s"; }
"""


def style(lang: Lang) -> str:
    """Return how the form looks."""
    return f"<style>{_STYLE}{_DISCONNECTED % text('form.disconnected', lang)}</style>"


def link(url: str, label: str = "") -> str:
    """Return a link that opens a new page; only its text if the address is not safe."""
    if safe_url(url) is None:
        return escaped(label or url)
    url = browser_address(url)
    return f'<a href="{escaped(url)}" target="_blank" rel="noopener noreferrer">{escaped(label or url)}</a>'


def _page_link(url: str) -> str:
    return link(url, url.removeprefix("https://"))


def title(state: State, lang: Lang) -> str:
    """Return the form's heading, and whose login ends with it."""
    heading = text("form.title", lang)
    name = f" · {escaped(state.name)}" if state.name else ""
    shown = f'<div class="tm-title" role="heading" aria-level="3">{heading}{name}</div>'
    if state.step == "setup" and state.replaces:
        already = text("status.already", lang, person=state.replaces, logout=_command("logout", state))
        shown += _small(escaped(already))
    return shown


def organisation_help(web: str, lang: Lang) -> str:
    """Return what the id looks like and where in Tracker (at `web`) to find it."""
    return _small(text("organisation.help", lang, link=_page_link(web + ORGANISATIONS_PATH)))


def strategy_help(state: State, lang: Lang) -> str:
    """Return what the chosen strategy will do."""
    return _small(re.sub(r"`([^`]+)`", r"<code>\1</code>", text(f"strategy.{state.strategy}.help", lang)))


def register(oauth: str, lang: Lang) -> str:
    """Return how to register an app with the login service (at `oauth`), in three steps."""
    address = _page_link(oauth + NEW_APP_PATH)
    steps = "".join(f"<li>{text(f'app.register.{number}', lang, link=address)}</li>" for number in (1, 2, 3))
    return f'<div class="tm-small">{text("app.why", lang)} {text("app.register", lang)}<ol>{steps}</ol></div>'


def secret_help(oauth: str, lang: Lang) -> str:
    """Return where in the login service (at `oauth`) the app's secret is shown."""
    return _small(text("app.secret.help", lang, link=_page_link(oauth)))


def opening(state: State, lang: Lang) -> str:
    """Return which page to open."""
    if not state.link:
        return ""
    if state.user_code:
        sentence = text("link.device", lang, link=link(state.link))
    else:
        sentence = text("link.allow", lang, link=link(state.link, text("link.page", lang)))
    return f"<div class='tm-open'>{sentence}</div>"


def code(state: State, lang: Lang) -> str:
    """Return the code to type elsewhere, with a button that copies it."""
    if not state.user_code:
        return ""
    done, label = text("form.copied", lang), text("form.copy", lang)
    button = f'<button type="button" class="tm-copy" data-done="{done}" onclick="{_COPY}">{label}</button>'
    return f'<div class="tm-shown"><code class="tm-code" tabindex="0">{escaped(state.user_code)}</code>{button}</div>'


def countdown(state: State, lang: Lang) -> str:
    """Return how long the code is still valid."""
    if state.seconds_left is None:
        return ""
    minutes, seconds = divmod(state.seconds_left, 60)
    return _small(text("form.countdown", lang, time=f"<b>{minutes}:{seconds:02d}</b>"))


def error(shown: ErrorText | None) -> str:
    """Return what went wrong and what to do; screen readers read it at once."""
    if shown is None:
        return ""
    hint = f"<br>{escaped(shown.hint)}" if shown.hint else ""
    return f'<div class="tm-problem" role="alert"><b>{escaped(_sentence(shown.message))}</b>{hint}</div>'


def status(message: str) -> str:
    """Return what happens now; screen readers read it when they are idle."""
    return f'<div role="status" aria-live="polite">{escaped(message)}</div>' if message else ""


def card(state: State, lang: Lang) -> Note:
    """Return what takes the form's place: who is logged in until when, or that nobody is; it outlives the kernel."""
    me = state.me
    if me is None or state.logged_in_at is None:
        still = [text("form.still", lang, person=state.replaces)] if state.replaces else []
        return _card(text("form.cancelled", lang, login=_command("login", state)), *still)
    parts = [me.display, me.org or text("identity.no_organisation", lang)]
    if state.ended_at:
        return _card(_DOT.join([*parts, text("card.ended", lang, at=_moment(state.ended_at, lang))]))
    if me.expires_at:
        is_soon = me.expires_at - state.logged_in_at < _SOON
        until = _moment(me.expires_at, lang) if is_soon else date(me.expires_at, lang)
        parts.append(text("card.until", lang, until=until))
    return _card(_DOT.join(parts), *_details(state, me, lang))


def _details(state: State, me: Me, lang: Lang) -> list[str]:
    """Return when and how the login was made, how it ends, and what the person should know about it."""
    made = text("card.made", lang, at=_moment(state.logged_in_at, lang)) if state.logged_in_at else ""
    kind = text(f"organisation.kind.{me.org_kind}", lang) if me.org_kind else ""
    restart = text("card.stored" if state.is_saved else "card.kernel", lang)
    end = f"{text('card.end', lang, logout=_command('logout', state))} {restart}"
    facts = _DOT.join(filter(None, [made, kind, me.login, source_text(me.source, lang)]))
    return [*filter(None, [facts, end, state.note])]


def _command(command: str, state: State) -> str:
    return session_command(command, state.name or FIRST)


def _card(first: str, *others: str) -> Note:
    markup = [f"<b>{escaped(first)}</b>", *(f'<span style="opacity: .75">{escaped(line)}</span>' for line in others)]
    plain = note(first, *others).text
    return Note(plain, f'<div class="tm-card">{"<br>".join(markup)}</div>')


def _moment(when: datetime, lang: Lang) -> str:
    return f"{date(when, lang)}, {when:%H:%M} UTC"


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!", "?", "…")) else ".")


def _small(content: str) -> str:
    return f'<div class="tm-small">{content}</div>'
