"""The form's widgets, core ipywidgets only: they show a state, and pass on what a person does to LoginSteps."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import ipywidgets
from traitlets import Unicode

from tracker_magic.errors import forget_locals
from tracker_magic.notebook.form import markup
from tracker_magic.notebook.form.logs import FieldFilter
from tracker_magic.notebook.form.state import State
from tracker_magic.notebook.form.steps import LoginSteps
from tracker_magic.notebook.session_opener import SessionOpener
from tracker_magic.notebook.texts import Lang, text
from tracker_magic.secret import Secret

_HIDDEN: Final = "none"
_ENTER_S: Final = 0.3  # a front end reports Enter before the text of the field, and no text if it has not changed
_HTML: Final[dict[str, Callable[[State, Lang], str]]] = {
    "title": markup.title,
    "strategy_help": markup.strategy_help,
    "link": markup.opening,
    "code": markup.code,
    "countdown": markup.countdown,
    "error": lambda state, _: markup.error(state.error),
    "message": lambda state, _: markup.status(state.message),
    "identity": markup.identity,
}
_MAIN_BUTTONS: Final = ("continue", "submit", "retry", "new_code", "restart")  # a step has one of them at most
_BUTTONS: Final = (*_MAIN_BUTTONS, "log_out", "back", "cancel")
_IDS: Final = ("organisation_id", "client_id")
_CHOICES: Final = ("organisation_kind", "strategy", "storage")
_UNSET: Final = "none"  # a Dropdown shows no label for the value None


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
        self._lang = opener.request.lang
        self._steps = LoginSteps(opener, self)
        self.rows = _make_rows(self._steps.state, self._lang)
        self.buttons = {name: _make_button(name, self._lang) for name in _BUTTONS}
        button_row = ipywidgets.HBox(list(self.buttons.values()))
        button_row.add_class("tm-buttons")
        # A press on a button makes the form take the text of the field that loses the focus. No row above the buttons
        # may come or go then, or the release would miss the button, and the click be lost: so errors are below.
        above = [row for name, row in self.rows.items() if name != "error"]
        super().__init__([*above, button_row, self.rows["error"]])
        self.add_class(markup.CLASS)
        self._submitted_field: object = None
        self._log_filter = FieldFilter(self.rows[name] for name in (*_IDS, "secret"))
        self._log_filter.install()
        self.show(self._steps.state)
        self._observe()

    @property
    def is_pending(self) -> bool:
        """Whether it may still open its session."""
        return self._steps.state.step not in {"done", "cancelled", "logged_out"}

    def show(self, state: State) -> None:
        """Show a state; called from any thread."""
        secret = self.rows["secret"]
        _set(secret, "description", text(state.secret_label, self._lang))
        _set(secret, "placeholder", text(state.secret_placeholder, self._lang) if state.secret_placeholder else "")
        for name in (*_IDS, *_CHOICES):
            _set(self.rows[name], "value", _to_widget(getattr(state, name)))
        for name, make_html in _HTML.items():
            _set(self.rows[name], "value", make_html(state, self._lang))
        for name, widget in (self.rows | self.buttons).items():
            is_shown = name in state.rows or name in {"style", "title"}
            _set(widget.layout, "display", None if is_shown else _HIDDEN)

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
        self._steps.update(**{name: _from_widget(change["new"])})

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
        actions = {
            "log_out": self._steps.log_out,
            "back": self._steps.back,
            "cancel": self._steps.cancel,
            "restart": self._steps.restart,
        }
        name = next(name for name in _BUTTONS if self.buttons[name] is button)
        actions.get(name, self._proceed)()

    def _proceed(self) -> None:
        self._steps.proceed()
        if self._steps.state.step == "paste":
            _focus(self.rows["secret"])

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
            self._proceed()

    def __repr__(self) -> str:
        return text("form.saved", getattr(self, "_lang", "en"))  # a debugger may show one that is half built

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self)}


def _make_rows(state: State, lang: Lang) -> dict[str, Any]:
    kinds = _make_options("organisation.kind", ("auto", "360", "cloud"), lang, unset="auto")
    storages = _make_options("storage", ("kernel", "keyring", "file"), lang, unset="kernel")
    strategies = _make_options("strategy", state.strategies, lang)
    if len(strategies) > 1:
        label, first = strategies[0]
        strategies[0] = (text("strategy.recommended", lang, strategy=label), first)
    return {
        "style": ipywidgets.HTML(markup.STYLE),
        "title": ipywidgets.HTML(),
        "organisation_id": _make_field(text("organisation.id", lang), state.organisation_id),
        "organisation_help": ipywidgets.HTML(markup.organisation_help(lang)),
        "organisation_kind": _make_choice(text("organisation.kind", lang), kinds, state.organisation_kind),
        "strategy": _make_choice(text("strategy.choose", lang), strategies, state.strategy),
        "strategy_help": ipywidgets.HTML(),
        "client_id": _make_field(text("app.client_id", lang), state.client_id),
        "register": ipywidgets.HTML(markup.register(lang)),
        "link": ipywidgets.HTML(),
        "code": ipywidgets.HTML(),
        "countdown": ipywidgets.HTML(),
        "secret": SecretField(continuous_update=False),
        "secret_known": ipywidgets.HTML(markup.status(text("app.secret.known", lang))),
        "storage": _make_choice(text("storage.choose", lang), storages, state.storage),
        "working": ipywidgets.HTML(markup.status(text("form.working", lang))),
        "message": ipywidgets.HTML(),
        "identity": ipywidgets.HTML(),
        "error": ipywidgets.HTML(),
    }


def _make_field(label: str, value: str) -> IdField:
    return IdField(value=value, description=label, continuous_update=False)


def _make_options(prefix: str, values: Iterable[str], lang: Lang, *, unset: str = "") -> list[tuple[str, str]]:
    return [(text(f"{prefix}.{value}", lang), _UNSET if value == unset else value) for value in values]


def _make_choice(label: str, options: list[tuple[str, str]], value: str | None) -> ipywidgets.Dropdown:
    return ipywidgets.Dropdown(options=options, value=_to_widget(value), description=label)


def _make_button(name: str, lang: Lang) -> ipywidgets.Button:
    style = "primary" if name in _MAIN_BUTTONS else ""
    return ipywidgets.Button(description=text(f"form.{name}", lang), button_style=style)


def _to_widget(answer: str | None) -> str:
    return _UNSET if answer is None else answer


def _from_widget(value: str) -> str | None:
    return None if value == _UNSET else value


def _focus(field: Any) -> None:
    if hasattr(field, "focus"):  # not in ipywidgets 7
        field.focus()


def _set(owner: Any, name: str, value: Any) -> None:
    if getattr(owner, name) != value:
        owner.set_trait(name, value)
