"""What the form leaves behind without a browser: widget state, nbclient's saved notebook, what can be printed."""

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

# Nobody can type under nbclient; what the kernel itself puts into a field is told to nbclient, and kept by it.
WALK = """
import os
from tracker_magic.auth import LoginContext
from tracker_magic.notebook.form import show_form
from tracker_magic.tracker import signed_in
context = LoginContext(dict(os.environ, TRACKER_TOKEN=""))
form = show_form(context, lang="en", name="main", organisation=None, strategy="token",
                 opened=lambda found, place: signed_in(found).me, left=str)
form
"""
PASTE = """
import threading
form._buttons["go_on"].click()
form._rows["secret"].value = os.environ["TRACKER_TOKEN"]
[each.join() for each in threading.enumerate() if each.name == "tracker-login"]
print("who" if form._rows["who"].value else form._rows["problem"].value)
"""


def test_nothing_secret_stays_a_trait(visit, demo):
    """While a login is under way and after it: no widget's state, text or attribute holds what was typed."""
    visitor = visit(without=("TRACKER_CLIENT_ID", "TRACKER_CLIENT_SECRET"))
    visitor.chooses("way", "Type a code on Yandex's page")
    visitor.types("client_id", demo.access.client_id)
    visitor.types("secret", demo.access.client_secret)
    texts = [json.dumps(embed_data(views=[visitor.form]))]
    visitor.clicks("go_on")
    assert "who" in visitor.seen
    texts.append(json.dumps(embed_data(views=[visitor.form])))
    texts += [repr(vars(each)) + repr(each) for each in (*visitor.form._rows.values(), visitor.form)]
    secrets = [demo.access.client_secret, *demo.access.oauth, *demo.access.devices]
    assert [secret for secret in secrets if any(secret in text for text in texts)] == []
    assert demo.access.client_id in texts[0]  # the search does find what is there


def test_what_was_typed_is_not_sent_back(visit, demo):
    """Ipywidgets tells every front end what one of them typed; not what came through this field."""
    visitor = visit(strategy="token")
    visitor.clicks("go_on")
    assert visitor.form._rows["secret"].trait_metadata("value", "echo_update") is False
    visitor.types("secret", demo.access.token)
    visitor.waits()
    assert visitor.form._rows["secret"].get_state()["value"] == ""


def test_the_form_has_one_field_for_secrets(visit):
    """Every secret goes through the same field, which waits for Enter or the next field."""
    rows = visit().form._rows.values()
    fields = [each for each in rows if isinstance(each, ipywidgets.Password)]
    assert [each.continuous_update for each in fields] == [False]


def test_a_form_cannot_be_pickled_with_a_secret(visit, demo):
    """What holds a typed secret refuses to be copied into a file."""
    visitor = visit(without=("TRACKER_CLIENT_SECRET",))
    visitor.chooses("way", "Type a code on Yandex's page")
    visitor.types("secret", demo.access.client_secret)
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(visitor.form)


def test_a_notebook_that_nbclient_saves(demo, environ, tmp_path):
    """With nbclient's default, which stores the state of all widgets, the notebook holds no secret."""
    cells = [nbformat.v4.new_code_cell(source) for source in (WALK, PASTE)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, kernel_name="python3", timeout=60, store_widget_state=True)
    client.execute(env={**client_environment(tmp_path), **environ, "TRACKER_TOKEN": demo.access.token}, cwd=tmp_path)
    assert notebook.cells[1].outputs[0]["text"] == "who\n"
    saved = nbformat.writes(notebook)
    assert "PasswordModel" in saved
    assert [secret for secret in (demo.access.token, demo.access.client_secret) if secret in saved] == []
    assert "this form needs a running kernel" in saved


def client_environment(folder) -> dict[str, str]:
    """Folders of its own for a kernel, and the way to the package."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "IPYTHONDIR": str(folder), "PYTHONPATH": str(Path(tracker_magic.__file__).parents[1])}
