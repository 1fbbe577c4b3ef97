"""A login where a form is pending, where none can be drawn, and where nothing can be written."""

import re

import pytest

from tests.person import decide

KERNEL = "1"  # where the login is kept
PENDING = "NotLoggedIn: waiting for the login form above; then run this cell again ({} shows a new one)."


def click(kernel, shown, label):
    """Click a button of the form that a cell has shown, as a front end does."""
    (model,) = (each["comm_id"] for each in shown.of("comm_open") if each["data"]["state"].get("description") == label)
    content = {"comm_id": model, "data": {"method": "custom", "content": {"event": "click"}}}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", content))


def open_link(cell):
    """Open the shown link, allow access, and copy the address of the page that follows."""
    return decide(re.findall(r"https?://\S+/authorize\?\S+", cell.shown)[-1]).headers["Location"]


@pytest.mark.parametrize("line", ["%tracker count Queue: DEV", "import tracker_magic; tracker_magic.current()"])
def test_the_cell_after_a_pending_form_says_so_in_one_line(lonely_kernel, demo, line):
    """In *Run All* the next cell fails at once, even if the environment has a token; after *Cancel* it uses that."""
    variables = {"TRACKER_TOKEN": demo.access.token, "TRACKER_ORG_ID": demo.access.org_id}
    lonely_kernel.run(f"os.environ.update({variables!r})")
    form = lonely_kernel.run("%tracker login", answers=[])
    assert form.error is None
    cell = lonely_kernel.run(line, answers=[])
    assert cell.error_text == PENDING.format("%tracker login")
    click(lonely_kernel, form, "Cancel")
    assert lonely_kernel.run(line).error is None


def test_only_the_last_form_of_a_session_is_waited_for(lonely_kernel, demo):
    """Who runs `%tracker login` again, and cancels what is shown, need not find the first form."""
    variables = {"TRACKER_TOKEN": demo.access.token, "TRACKER_ORG_ID": demo.access.org_id}
    lonely_kernel.run(f"os.environ.update({variables!r})")
    lonely_kernel.run("%tracker login", answers=[])
    click(lonely_kernel, lonely_kernel.run("%tracker login", answers=[]), "Cancel")
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None


@pytest.mark.parametrize("name", ["", " second"])
def test_a_logout_ends_a_pending_form(lonely_kernel, demo, name):
    """Who has deleted the form's cell gets rid of the form; its place, if it is still there, says it was cancelled."""
    variables = {"TRACKER_TOKEN": demo.access.token, "TRACKER_ORG_ID": demo.access.org_id}
    lonely_kernel.run(f"os.environ.update({variables!r})")
    lonely_kernel.run(f"%tracker login{name}", answers=[])
    cell = lonely_kernel.run(f"%tracker logout{name}")
    assert cell.error is None
    (update,) = cell.of("update_display_data")
    assert "The login was cancelled" in update["data"]["text/plain"]
    (said,) = cell.of("display_data")
    assert "The login was cancelled" in said["data"]["text/plain"]
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None


def test_a_pending_form_of_another_session_stops_nobody(lonely_kernel, demo):
    """Only commands in the session that the form will open wait for it."""
    variables = {"TRACKER_TOKEN": demo.access.token, "TRACKER_ORG_ID": demo.access.org_id}
    lonely_kernel.run(f"os.environ.update({variables!r})")
    assert lonely_kernel.run("%tracker login second", answers=[]).error is None
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None
    cell = lonely_kernel.run("%tracker count -s second Queue: DEV")
    assert cell.error_text == PENDING.format("%tracker login second")


def test_a_pending_form_of_a_named_session_is_waited_for(lonely_kernel):
    """If nobody is logged in, the named session would become the current one; nor can it be switched to yet."""
    assert lonely_kernel.run("%tracker login work", answers=[]).error is None
    for line in ("%tracker count Queue: DEV", "%tracker me", "%tracker use work"):
        assert lonely_kernel.run(line).error_text == PENDING.format("%tracker login work")
    assert "%tracker login -s wrok" in lonely_kernel.run("%tracker use wrok").error_text
    lonely_kernel.run("%tracker logout work")
    assert "waiting" not in lonely_kernel.run("%tracker count Queue: DEV").error_text


def test_questions_are_asked_in_the_cell_on_request(lonely_kernel, demo):
    """`--prompt` asks in the cell instead of showing a form; only storages that exist are offered."""
    typed = ["3", f" {demo.access.org_id[0]} {demo.access.org_id[1:]}", "1", f"«{demo.access.client_id}»"]
    cell = lonely_kernel.run("%tracker login --prompt", answers=[*typed, f"OAuth {demo.access.token}\ufeff"])
    assert cell.error is None
    assert "widget" not in str([each["data"].keys() for each in cell.of("display_data")])
    assert "keyring" not in cell.shown
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None


def test_the_demo_is_the_last_of_the_offered_ways(lonely_kernel):
    """`--prompt` offers the demo as the form does; it asks for nothing more, and Enter does not choose it."""

    def number(cell):
        return re.findall(r"(\d+)\. (?=Try the demo)", cell.shown)[0]

    cell = lonely_kernel.run("%tracker login --prompt", answers=[number])
    assert cell.error is None
    assert "token from demo" in cell.shown
    assert number(cell) != "1"
    assert lonely_kernel.run("%tracker count Queue: DEV").error is None


def test_a_jupyter_of_the_demo_offers_the_demo_first(lonely_kernel, demo):
    """Its token is in the environment, so that Enter is enough; a logout does not call that token one's own."""
    variables = {"TRACKER_TOKEN": demo.access.token, "TRACKER_ORG_ID": demo.access.org_id}
    lonely_kernel.run(f"os.environ.update({variables!r})")
    cell = lonely_kernel.run("%tracker login --prompt", answers=[""])
    assert cell.error is None
    assert "1. Try the demo" in cell.shown
    assert demo.access.org_id in cell.shown
    assert "token from demo" in cell.shown
    shown = lonely_kernel.run("%tracker logout").shown
    assert "The demo itself goes on" in shown
    assert "unset" not in shown


def test_a_form_names_the_prompt_where_it_is_not_drawn(lonely_kernel):
    """The text that stands for the form, without widgets or a kernel, is true for both and says how to log in there."""
    (shown,) = lonely_kernel.run("%tracker login", answers=[]).of("display_data")
    assert "%tracker login --prompt" in shown["data"]["text/plain"]
    assert "running kernel and widgets" in shown["data"]["text/plain"]


@pytest.mark.parametrize(("strategy", "save"), [("device", ""), ("code", ""), ("token", ""), ("token", "--save file")])
def test_a_home_that_cannot_be_written_to_is_enough_unless_the_login_is_saved(
    text_kernel, demo, tmp_path, strategy, save
):
    """Every way to log in works, and no place to save it is offered; `--save` says why it cannot, and asks again."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    text_kernel.run(f"os.environ['TRACKER_HOME'] = {str(tmp_path / 'file' / 'home')!r}")
    demo.access.switches.device_approve_after = 1
    pasted = {"device": [demo.access.client_secret], "code": [open_link], "token": [demo.access.token]}[strategy]
    typed = [demo.access.org_id, demo.access.client_id, *pasted, *([KERNEL] if save else [])]
    cell = text_kernel.run(f"%tracker login --strategy {strategy} {save}", answers=typed)
    assert cell.error is None
    assert ("cannot be written to disk" in cell.shown) == bool(save)
    assert text_kernel.run("%tracker count Queue: DEV").error is None
