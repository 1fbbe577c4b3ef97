"""What the form says: whom a login replaces, whether it is saved, what the chosen way is, that its kernel has ended."""

import re

import pytest

from tests.notebook.form.conftest import Visitor
from tracker_magic.auth import LoginContext, credentials_for
from tracker_magic.notebook.form import LoginForm
from tracker_magic.notebook.session_opener import LoginRequest, SessionOpener
from tracker_magic.notebook.sessions import Sessions, logged_out
from tracker_magic.settings import TrackerMagic


def logged_in_form(environ, monkeypatch, name="main", **request):
    """A form in a shell where somebody has logged in by the token of the environment, and somebody who fills it in."""
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    context, sessions = LoginContext(environ), Sessions(TrackerMagic())
    opener = SessionOpener(LoginRequest(name, "en", **request), context, sessions)
    opener.open_directly(opener.credentials("env"))
    form = LoginForm(opener)
    sessions.add_form(form, name)
    return sessions, Visitor(form, opener)


def test_a_second_login_says_whom_it_replaces(environ, demo, monkeypatch):
    """Until the form is filled in it names who is logged in, and after *Cancel* that this has not changed."""
    environ = environ | {"TRACKER_TOKEN": demo.access.token}
    person = demo.world.users[demo.access.me].display
    sessions, visitor = logged_in_form(environ, monkeypatch, strategy="device")
    assert f"already logged in as {person}" in visitor.form.rows["title"].value
    visitor.clicks("cancel")
    assert f"You are still logged in as {person}" in visitor.reads("card")
    sessions.close()
    sessions, visitor = logged_in_form(environ, monkeypatch, strategy="device")
    visitor.clicks("continue")
    assert "already" not in visitor.reads("card")
    sessions.close()


def test_a_cancelled_form_names_nobody_who_was_logged_out(environ, demo, monkeypatch):
    """After a logout nobody is said to be logged in, and after another login it is that person."""
    environ = environ | {"TRACKER_TOKEN": demo.access.token}
    sessions, visitor = logged_in_form(environ, monkeypatch)
    logged_out(sessions, None, "en")
    assert "The login was cancelled" in visitor.reads("card")
    assert "still logged in" not in visitor.reads("card")
    sessions.close()
    sessions, visitor = logged_in_form(environ, monkeypatch)
    sessions.leave()
    visitor.clicks("cancel")
    assert "still logged in" not in visitor.reads("card")
    sessions.close()
    sessions, visitor = logged_in_form(environ, monkeypatch)
    other = next(key for key in demo.world.users if key != demo.access.me)
    context = LoginContext(environ | {"TRACKER_TOKEN": demo.access.issue(other)})
    sessions.open("main", credentials_for(context, "env"))
    visitor.clicks("cancel")
    assert f"still logged in as {demo.world.users[other].display}" in visitor.reads("card")
    sessions.close()


@pytest.mark.parametrize(("name", "ending"), [("main", ""), ("work", " work")])
def test_the_form_of_a_session_names_the_commands_of_that_session(environ, demo, monkeypatch, name, ending):
    """What ends the session or begins the login again can be copied: without the name it acts on another session."""
    environ = environ | {"TRACKER_TOKEN": demo.access.token}
    sessions, visitor = logged_in_form(environ, monkeypatch, name)
    assert f"%tracker logout{ending} ends it" in visitor.form.rows["title"].value
    visitor.clicks("cancel")
    assert f"%tracker login{ending} starts again" in visitor.reads("card")
    sessions.close()
    sessions, visitor = logged_in_form(environ, monkeypatch, name)
    sessions.leave()
    assert f"%tracker login{ending} starts again" in logged_out(sessions, name, "en")
    sessions.close()


def test_the_card_says_whether_the_login_outlives_the_kernel(environ, demo, monkeypatch):
    """A login that `--save` or the form saves, or that was saved before, needs no cell to be run again."""
    environ = environ | {"TRACKER_TOKEN": demo.access.token}
    for request, button, is_saved in [
        ({"strategy": "device"}, "continue", False),
        ({"strategy": "device", "storage": "file"}, "continue", True),
        ({}, "stored", True),
    ]:
        sessions, visitor = logged_in_form(environ, monkeypatch, **request)
        visitor.clicks(button)
        assert ("run this cell again" not in visitor.reads("card")) == is_saved
        assert ("It is saved" in visitor.reads("card")) == is_saved
        sessions.close()


def test_the_way_is_explained_right_below_the_ways(visit):
    """Nothing stands between the ways to log in and the sentence about the chosen one."""
    form = visit().form
    names = {id(widget): name for name, widget in form.rows.items()}
    order = [names.get(id(each), "") for each in form.children]
    assert order[order.index("strategy") + 1] == "strategy_help"


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_without_its_kernel_the_form_is_one_sentence(visit, lang):
    """A form whose kernel was restarted hides what no longer works, and says in its language what to do."""
    look = visit(lang=lang).form.rows["style"].value
    sentence = {"en": "run this cell again", "ru": "выполните эту ячейку"}[lang]
    assert re.search(r"\.jupyter-widgets-disconnected::before {[^}]*" + sentence, look)
