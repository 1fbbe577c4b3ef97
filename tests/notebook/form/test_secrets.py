"""No secret is left in what the form leaves behind: widget state, nbclient's saved notebook, printed objects."""

import json
import os
import pickle
from pathlib import Path

import ipywidgets
import nbformat
import pytest
from ipywidgets.embed import embed_data
from nbclient import NotebookClient

import tracker_magic

# Nobody can type under nbclient; it records the values that the kernel itself puts into a field.
SHOW_FORM = """
import os
from tracker_magic.auth import LoginContext
from tracker_magic.notebook.form import LoginForm
from tracker_magic.notebook.session_opener import LoginRequest, SessionOpener
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.settings import TrackerMagic
context = LoginContext(dict(os.environ, TRACKER_TOKEN=""))
sessions = Sessions(TrackerMagic())
form = LoginForm(SessionOpener(LoginRequest("main", "en", strategy="token"), context, sessions))
form
"""
PASTE = """
import threading
form.buttons["continue"].click()
form.rows["secret"].value = os.environ["TRACKER_TOKEN"]
[each.join() for each in threading.enumerate() if each.name == "tracker-login"]
print("who" if form.rows["card"].value else form.rows["error"].value)
"""


def test_no_secret_stays_in_a_widget(visit, demo):
    """During a login and after it, no widget's state, text or attribute holds what was typed."""
    visitor = visit(without=("TRACKER_CLIENT_ID", "TRACKER_CLIENT_SECRET"))
    visitor.chooses("strategy", "Type a code on Yandex's page")
    visitor.types("client_id", demo.access.client_id)
    visitor.types("secret", demo.access.client_secret)
    texts = [json.dumps(embed_data(views=[visitor.form]))]
    visitor.clicks("continue")
    assert "card" in visitor.seen
    texts.append(json.dumps(embed_data(views=[visitor.form])))
    texts += [repr(vars(each)) + repr(each) for each in (*visitor.form.rows.values(), visitor.form)]
    secrets = [demo.access.client_secret, *demo.access.oauth, *demo.access.devices]
    assert [secret for secret in secrets if any(secret in text for text in texts)] == []
    assert demo.access.client_id in texts[0]  # the search finds what is there


def test_a_typed_secret_is_not_echoed(visit, demo):
    """Ipywidgets echoes typed text to every front end, but not the text of the field for secrets."""
    visitor = visit(strategy="token")
    visitor.clicks("continue")
    assert visitor.form.rows["secret"].trait_metadata("value", "echo_update") is False
    visitor.types("secret", demo.access.token)
    visitor.waits()
    assert visitor.form.rows["secret"].get_state()["value"] == ""


@pytest.mark.parametrize("row", ["client_id", "organisation_id"])
@pytest.mark.parametrize("form", ["token", "iam token", "app secret and more", "address"])
def test_a_secret_in_a_plain_field_is_removed(visit, demo, row, form):
    """A token in the field of an id is removed at once: no state, link, widget, file or later login has it."""
    token = {
        "token": demo.access.token,
        "iam token": demo.access.issue_iam(demo.access.me),
        "app secret and more": f"{demo.access.client_secret}, tracker",
        "address": f"https://oauth.yandex.ru/verification_code#access_token={demo.access.token}",
    }[form]
    visitor = visit(without=("TRACKER_CLIENT_ID",), strategy="code")
    visitor.types(row, token)
    visitor.form.buttons["continue"].click()
    assert visitor.form.rows[row].value == ""
    assert "removed" in visitor.reads("error")
    assert visitor.seen >= {"continue", row}
    assert visitor.form.rows[row].trait_metadata("value", "echo_update") is False
    assert visitor.form.rows[row].continuous_update is False
    shown = json.dumps(embed_data(views=[visitor.form]))
    shown += "".join(repr(vars(each)) for each in (*visitor.form.rows.values(), visitor.form))
    assert token not in shown
    visitor.types("client_id", demo.access.client_id)
    visitor.types("organisation_id", demo.access.org_id)
    visitor.clicks("continue")
    assert "secret" in visitor.seen


def test_a_bug_below_the_field_for_secrets_raises_nothing(visit, demo, caplog):
    """An exception while a typed secret is taken is shown by its place; no traceback or log has the secret."""
    visitor = visit(strategy="token")
    visitor.clicks("continue")
    layout = visitor.form.rows["working"].layout

    def fail(_change):
        layout.unobserve_all("display")
        raise ValueError(demo.access.token)

    layout.observe(fail, "display")
    with caplog.at_level("DEBUG"):
        visitor.types("secret", demo.access.token)
    assert "ValueError (test_secrets.py:" in visitor.reads("error")
    assert demo.access.token not in caplog.text + visitor.reads("error")


def test_the_form_has_one_field_for_secrets(visit):
    """Every secret goes through one field, which reports its text on Enter or when it loses the focus."""
    rows = visit().form.rows.values()
    fields = [each for each in rows if isinstance(each, ipywidgets.Password)]
    assert [each.continuous_update for each in fields] == [False]


def test_a_form_cannot_be_pickled_with_a_secret(visit, demo):
    """A form that holds a typed secret cannot be pickled."""
    visitor = visit(without=("TRACKER_CLIENT_SECRET",))
    visitor.chooses("strategy", "Type a code on Yandex's page")
    visitor.types("secret", demo.access.client_secret)
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(visitor.form)


def test_a_notebook_saved_by_nbclient_holds_no_secret(demo, environ, tmp_path):
    """Nbclient stores the state of all widgets by default; the saved notebook still holds no secret."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SHOW_FORM, PASTE)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, kernel_name="python3", timeout=60, store_widget_state=True)
    client.execute(env={**client_environment(tmp_path), **environ, "TRACKER_TOKEN": demo.access.token}, cwd=tmp_path)
    assert notebook.cells[1].outputs[0]["text"] == "who\n"
    saved = nbformat.writes(notebook)
    assert "PasswordModel" in saved
    assert [secret for secret in (demo.access.token, demo.access.client_secret) if secret in saved] == []
    assert "this form needs a running kernel" in saved


def client_environment(folder) -> dict[str, str]:
    """The environment of a kernel with its own folders and the path of the package."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "IPYTHONDIR": str(folder), "PYTHONPATH": str(Path(tracker_magic.__file__).parents[1])}
