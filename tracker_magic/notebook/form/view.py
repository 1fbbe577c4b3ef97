"""The form's widgets, core ipywidgets only: they show a state, and pass on what a person does to LoginSteps."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import ipywidgets
from IPython.core.getipython import get_ipython
from traitlets import Unicode

from tracker_magic.errors import forget_locals
from tracker_magic.notebook import show
from tracker_magic.notebook.form import markup
from tracker_magic.notebook.form.logs import FieldFilter
from tracker_magic.notebook.form.state import FINAL, FormStep, State
from tracker_magic.notebook.form.steps import LoginSteps
from tracker_magic.notebook.session_opener import SessionOpener
from tracker_magic.notebook.show import Note
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses

_HIDDEN: Final = "none"
_ENTER_S: Final = 0.3  # a front end reports Enter before the text of the field, and no text if it has not changed
_HTML: Final[dict[str, Callable[[State, Lang], str]]] = {
    "title": markup.title,
    "strategy_help": markup.strategy_help,
    "link": markup.opening,
    "code": markup.code,
    "countdown": markup.countdown,
    "error": lambda state, _: markup.error(state.error),
}
_MAIN_BUTTONS: Final = ("continue", "submit", "retry", "new_code")  # a step has one of them at most
_BUTTONS: Final = (*_MAIN_BUTTONS, "back", "cancel")
_IDS: Final = ("organisation_id", "client_id")
_CHOICES: Final = ("strategy", "storage")
_UNSET: Final = "kernel"  # a Dropdown shows no label for the value None


class IdField(ipywidgets.Text):
    """A field for an id; its text is not echoed to the front ends, since it may be a token that belongs elsewhere."""

    value = Unicode("").tag(sync=True, echo_update=False)


class SecretField(ipywidgets.Password):
    """The one field for secrets; its text is not echoed to the front ends."""

    value = Unicode("").tag(sync=True, echo_update=False)


class LoginForm(ipywidgets.VBox):
    """The form as one widget: `rows` and `buttons` by the names that State uses.

    Where it cannot be drawn, and in a saved notebook, it is a sentence that says so.
    """

    def __init__(self, opener: SessionOpener) -> None:
        self._lang, self._name = opener.request.lang, opener.request.name
        self._steps = LoginSteps(opener, self)
        self.rows = _make_rows(self._steps.state, opener.context.addresses, self._lang)
        self.display_id = uuid4().hex
        self.rows["direct"], direct = _make_direct_buttons(self._steps.state, self._lang)
        buttons = {name: _make_button(name, self._lang) for name in _BUTTONS}
        button_row = _make_button_row(buttons.values())
        self.buttons = {**direct, **buttons, "more": self.rows["more"]}
        # A press on a button makes the form take the text of the field that loses the focus. No row above the buttons
        # may come or go then, or the release would miss the button, and the click be lost: so errors are below.
        above = [self.rows[name] for name in ("style", "title", "direct")]
        above += [row for name, row in self.rows.items() if row not in above and name != "error"]
        super().__init__([*above, button_row, self.rows["error"]])
        self.add_class(markup.CLASS)
        self._submitted_field: object = None
        self._log_filter = FieldFilter(self.rows[name] for name in (*_IDS, "secret"))
        self._log_filter.install()
        self._shown_step: FormStep = "setup"
        self.show(self._steps.state)
        self._observe()

    @property
    def is_pending(self) -> bool:
        """Whether it may still open its session."""
        return self._steps.state.step not in FINAL

    def show(self, state: State) -> None:
        """Show a state; called from any thread."""
        self._show_answers(state)
        for name, make_html in _HTML.items():
            _set(self.rows[name], "value", make_html(state, self._lang))
        for name, widget in (self.rows | self.buttons).items():
            is_shown = name in state.rows or name == "style"
            _set(widget.layout, "display", None if is_shown else _HIDDEN)
        if state.step in FINAL and state.step != self._shown_step:
            self._show_card(markup.card(state, self._lang))
        self._shown_step = state.step

    def _show_answers(self, state: State) -> None:
        secret, strategies = self.rows["secret"], self.rows["strategy"]
        options = _strategy_options(state.strategies, self._lang)
        if strategies.options != tuple(options):
            strategies.options = options
        _set(secret, "description", text(state.secret_label, self._lang))
        _set(secret, "placeholder", text(state.secret_placeholder, self._lang) if state.secret_placeholder else "")
        for name in _IDS:
            _set(self.rows[name], "value", getattr(state, name))
        _set(self.rows["storage"], "value", state.storage or _UNSET)
        if state.strategy in state.strategies:
            _set(strategies, "value", state.strategy)

    def focus(self, name: str) -> None:
        """Move the keyboard's focus to a field or a button; called from any thread."""
        (self.rows | self.buttons)[name].send({"do": "focus"})

    def cancel(self) -> None:
        """Show that a logout has cancelled the login, and open no session."""
        self._steps.cancel(is_logout=True)

    def session_ended(self, name: str) -> None:
        """Show that the session `name`, if this form opened it, has ended."""
        if name == self._name:
            self._steps.end()

    def _show_card(self, card: Note) -> None:
        """Replace the form's output by plain text, which needs neither a kernel nor widgets."""
        self.rows["card"].value = card.markup
        shell = get_ipython()
        if shell is not None:
            show.display(shell, card, display_id=self.display_id, update=True)

    def close(self) -> None:
        """End what is running, and remove the form."""
        if hasattr(self, "_log_filter"):  # not if `__init__` failed
            self._steps.close()
            self._log_filter.remove()
        super().close()

    def _observe(self) -> None:
        for name in _CHOICES:
            self.rows[name].observe(self._take_choice, "value")
        for button in self.buttons.values():
            button.on_click(self._click)
        for name in (*_IDS, "secret"):
            self.rows[name].on_msg(self._receive_message)
            self.rows[name].observe(self._receive_text, "value")

    def _take_choice(self, change: dict[str, Any]) -> None:
        name = next(name for name in _CHOICES if self.rows[name] is change["owner"])
        self._steps.update(**{name: None if change["new"] == _UNSET else change["new"]})

    def _receive_text(self, change: dict[str, Any]) -> None:
        """Take a typed text. Raises nothing: a traceback would show the text in many frames."""
        field, typed = change["owner"], Secret(change["new"])
        try:
            if self._take_text(field, typed) and typed.reveal():
                self._submit(field)
        except Exception as problem:  # noqa: BLE001 - the form shows it and stays usable
            forget_locals(problem)
            with suppress(Exception):  # what is broken may be the view itself
                self._steps.fail(problem)

    def _take_text(self, field: Any, typed: Secret) -> bool:
        """Take a typed text, and remove it from its field unless it is an id; return whether it was accepted."""
        if field is self.rows["secret"]:
            field.value = ""
            if typed.reveal():
                self._steps.take_secret(typed)
            return True
        name = next(name for name in _IDS if self.rows[name] is field)
        return self._steps.take_id(name, typed)

    def _click(self, button: ipywidgets.Button) -> None:
        actions = {"back": self._steps.back, "cancel": self._steps.cancel, "more": self._steps.show_more}
        name = next(name for name, each in self.buttons.items() if each is button)
        if name in self._steps.state.direct_strategies:
            self._steps.log_in_directly(name)
        else:
            actions.get(name, self._steps.proceed)()

    def _receive_message(self, field: Any, content: Any, _buffers: object) -> None:
        """Proceed on Enter, as soon as the field's new text has come, or when none comes."""
        if content == {"event": "submit"}:
            self._submitted_field = field
            timer = threading.Timer(_ENTER_S, self._submit, [field])
            timer.daemon = True
            with suppress(RuntimeError):  # the system has no thread left; a click still proceeds
                timer.start()

    def _submit(self, field: object) -> None:
        if self._submitted_field is field:
            self._submitted_field = None
            self._steps.proceed()

    def __repr__(self) -> str:
        return text("form.saved", getattr(self, "_lang", "en"))  # a debugger may show one that is half built

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self)}


def _make_rows(state: State, addresses: Addresses, lang: Lang) -> dict[str, Any]:
    storages = _make_options("storage", state.storages, lang)
    more = _make_button("more", lang)
    more.add_class("tm-more")
    return {
        "style": ipywidgets.HTML(markup.style(lang)),
        "title": ipywidgets.HTML(),
        "organisation_id": _make_field(text("organisation.id", lang), state.organisation_id),
        "organisation_help": ipywidgets.HTML(markup.organisation_help(addresses.web, lang)),
        "strategy": ipywidgets.RadioButtons(
            options=_strategy_options(state.strategies, lang),
            value=state.strategy,
            description=text("strategy.choose", lang),
        ),
        "strategy_help": ipywidgets.HTML(),
        "more": more,
        "client_id": _make_field(text("app.client_id", lang), state.client_id),
        "register": ipywidgets.HTML(markup.register(addresses.oauth, lang)),
        "link": ipywidgets.HTML(),
        "code": ipywidgets.HTML(),
        "countdown": ipywidgets.HTML(),
        "secret": SecretField(continuous_update=False),
        "secret_help": ipywidgets.HTML(markup.secret_help(addresses.oauth, lang)),
        "secret_known": ipywidgets.HTML(markup.status(text("app.secret.known", lang))),
        "storage": ipywidgets.Dropdown(
            options=storages, value=state.storage or _UNSET, description=text("storage.choose", lang)
        ),
        "working": ipywidgets.HTML(markup.status(text("form.working", lang))),
        "card": ipywidgets.HTML(),
        "error": ipywidgets.HTML(),
    }


def _make_field(label: str, value: str) -> IdField:
    return IdField(value=value, description=label, continuous_update=False)


def _strategy_options(strategies: Sequence[str], lang: Lang) -> list[tuple[str, str]]:
    (label, first), *others = _make_options("strategy", strategies, lang)
    return [(text("strategy.recommended", lang, strategy=label) if others else label, first), *others]


def _make_options(prefix: str, values: Iterable[str], lang: Lang) -> list[tuple[str, str]]:
    return [(text(f"{prefix}.{value}", lang), value) for value in values]


def _make_direct_buttons(state: State, lang: Lang) -> tuple[Any, dict[str, ipywidgets.Button]]:
    """Make a row of buttons for the strategies that need one click, and these buttons by strategy."""
    values = {"name": state.token_name, "user": state.stored_user}
    labels = {name: text(f"direct.{name}", lang, **values) for name in state.direct_strategies}
    buttons = {name: ipywidgets.Button(description=label) for name, label in labels.items()}
    return _make_button_row(buttons.values()), buttons


def _make_button_row(buttons: Iterable[ipywidgets.Button]) -> ipywidgets.HBox:
    row = ipywidgets.HBox(list(buttons))
    row.add_class("tm-buttons")
    return row


def _make_button(name: str, lang: Lang) -> ipywidgets.Button:
    style = "primary" if name in _MAIN_BUTTONS else ""
    return ipywidgets.Button(description=text(f"form.{name}", lang), button_style=style)


def _set(owner: Any, name: str, value: Any) -> None:
    if getattr(owner, name) != value:
        owner.set_trait(name, value)
