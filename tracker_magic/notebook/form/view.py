"""The form's widgets, core ipywidgets only: they show a state, and hand on what a person does."""

import threading
from collections.abc import Callable
from typing import Any, Final

import ipywidgets
from traitlets import Unicode

from tracker_magic.notebook.form import markup
from tracker_magic.notebook.form.state import State
from tracker_magic.notebook.form.style import CLASS, STYLE
from tracker_magic.notebook.form.texts import Say
from tracker_magic.secret import Secret

_HIDDEN: Final = "none"
_ENTER_S: Final = 0.3  # Enter is told before the text it ends; no text follows where it was told already
_HTML: Final[dict[str, Callable[[State, Say], str]]] = {
    "title": markup.title,
    "way_help": markup.way_help,
    "link": markup.opening,
    "code": markup.code,
    "countdown": markup.countdown,
    "problem": lambda state, _: markup.problem(state.problem),
    "said": lambda state, _: markup.status(state.said),
    "who": markup.who,
}
_BUTTONS: Final = ("go_on", "submit", "again", "new_code", "start", "log_out", "back", "cancel")
_MAIN: Final = _BUTTONS[:5]  # a screen has one of them at most
_ANSWERS: Final = ("org", "kind", "way", "client_id", "place")
_NONE: Final = "none"  # a Dropdown takes None for "nothing chosen", and shows no text


class SecretField(ipywidgets.Password):
    """The one field for secrets; what is typed is not sent back to the front ends, unlike any other field's text."""

    value = Unicode("").tag(sync=True, echo_update=False)


class LoginForm(ipywidgets.VBox):
    """The form as one widget. Where it cannot be drawn, and in a saved notebook, it is a harmless sentence."""

    def __init__(self, state: State, say: Say) -> None:
        self._say = say
        self._rows = _made(state, say)
        self._buttons = {name: _button(name, say) for name in _BUTTONS}
        row = ipywidgets.HBox(list(self._buttons.values()))
        row.add_class("tm-buttons")
        super().__init__([*self._rows.values(), row])
        self.add_class(CLASS)
        self._enter: object = None
        self._stopped: Callable[[], None] = lambda: None
        self.show(state)

    def connect(
        self,
        *,
        put: Callable[..., None],
        take: Callable[[Secret], None],
        clicked: dict[str, Callable[[], None]],
        stopped: Callable[[], None],
    ) -> None:
        """Hand on what a person does: answers, secrets, clicks by the button's name; `stopped` hears the closing."""
        self._stopped = stopped
        for name in _ANSWERS:
            self._rows[name].observe(lambda change, name=name: put(**{name: _meant(change["new"])}), "value")
        for name, button in self._buttons.items():
            button.on_click(lambda _, name=name: clicked[name]())
        self._rows["secret"].observe(lambda change: self._taken(change, take), "value")
        for name in ("org", "client_id", "secret"):
            self._listen_for_enter(self._rows[name], clicked["go_on"])

    def show(self, state: State) -> None:
        """Look as `state` says; called from any thread."""
        for name, make in _HTML.items():
            _set(self._rows[name], "value", make(state, self._say))
        for name in _ANSWERS:
            _set(self._rows[name], "value", _offered(getattr(state, name)))
        _set(self._rows["secret"], "description", self._say(f"secret_{state.asked}"))
        for name, widget in (self._rows | self._buttons).items():
            _set(widget.layout, "display", None if name in state.rows or name in {"style", "title"} else _HIDDEN)

    def point_to(self, row: str) -> None:
        """Put the cursor into a field."""
        self._rows[row].focus()

    def close(self) -> None:
        """End what waits, and take the form away."""
        self._stopped()
        super().close()

    def _taken(self, change: dict[str, Any], take: Callable[[Secret], None]) -> None:
        change["owner"].value, text = "", change["new"]
        if text:
            take(Secret(text))

    def _listen_for_enter(self, field: Any, entered: Callable[[], None]) -> None:
        def told(_widget: object, content: Any, _buffers: object) -> None:
            if content == {"event": "submit"}:
                self._enter = field
                late = threading.Timer(_ENTER_S, arrived)
                late.daemon = True
                late.start()

        def arrived(change: dict[str, Any] | None = None) -> None:
            if self._enter is field and (change is None or change["new"]):
                self._enter = None
                entered()

        field.on_msg(told)
        field.observe(arrived, "value")

    def __repr__(self) -> str:
        return self._say("saved")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": self._say("saved")}


def _made(state: State, say: Say) -> dict[str, Any]:
    kinds = [(say("kind_auto"), _NONE), (say("kind_360"), "360"), (say("kind_cloud"), "cloud")]
    places = [(say("place_kernel"), _NONE), (say("place_keyring"), "keyring"), (say("place_file"), "file")]
    names = [say(f"way_{way}") for way in state.context]
    if len(names) > 1:
        names[0] = say("recommended").format(way=names[0])
    context = list(zip(names, state.context, strict=True))
    return {
        "style": ipywidgets.HTML(STYLE),
        "title": ipywidgets.HTML(),
        "org": _text(say("org"), state.org),
        "org_help": ipywidgets.HTML(markup.org_help(say)),
        "kind": ipywidgets.Dropdown(options=kinds, value=_offered(state.kind), description=say("kind")),
        "way": ipywidgets.Dropdown(options=context, value=state.way, description=say("way")),
        "way_help": ipywidgets.HTML(),
        "client_id": _text(say("client_id"), state.client_id),
        "register": ipywidgets.HTML(markup.register(say)),
        "link": ipywidgets.HTML(),
        "code": ipywidgets.HTML(),
        "countdown": ipywidgets.HTML(),
        "secret": SecretField(continuous_update=False),
        "secret_kept": ipywidgets.HTML(markup.status(say("secret_kept"))),
        "place": ipywidgets.Dropdown(options=places, value=_offered(state.place), description=say("place")),
        "working": ipywidgets.HTML(markup.status(say("working"))),
        "said": ipywidgets.HTML(),
        "who": ipywidgets.HTML(),
        "problem": ipywidgets.HTML(),
    }


def _text(description: str, value: str) -> ipywidgets.Text:
    return ipywidgets.Text(value=value, description=description, continuous_update=False)


def _button(name: str, say: Say) -> ipywidgets.Button:
    return ipywidgets.Button(description=say(name), button_style="primary" if name in _MAIN else "")


def _offered(answer: str | None) -> str:
    return _NONE if answer is None else answer


def _meant(value: str) -> str | None:
    return None if value == _NONE else value


def _set(owner: Any, name: str, value: Any) -> None:
    if getattr(owner, name) != value:
        owner.set_trait(name, value)
