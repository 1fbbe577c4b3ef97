"""What is typed into the login form in a real kernel is in no message, log, file or widget afterwards."""

from queue import Empty

import pytest

LOG_EVERYTHING = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, force=True,
                    handlers=[logging.FileHandler("debug.log", "w"), logging.StreamHandler(sys.stderr)])
kernel_log = get_ipython().kernel.log
kernel_log.setLevel(logging.DEBUG)
kernel_log.addHandler(logging.root.handlers[0])
%xmode Verbose
"""
LOG_NOTHING = """
kernel_log.setLevel(logging.WARNING)
kernel_log.removeHandler(logging.root.handlers[0])
logging.basicConfig(level=logging.WARNING, force=True)
print(open("debug.log").read())
"""
SHOW_WIDGETS = """
import ipywidgets, threading
[each.join() for each in threading.enumerate() if each.name == "tracker-login"]
print(ipywidgets.Widget.get_manager_state())
"""


def comm_ids(cell) -> dict[str, str]:
    """The comms of the fields that a cell has shown, by label or, of the field for secrets, by model."""
    opened = [each["content"] for each in cell.outputs if each["msg_type"] == "comm_open"]
    states = {each["comm_id"]: each["data"]["state"] for each in opened}
    models = {comm: state.get("_model_name") for comm, state in states.items()}
    texts = {states[comm]["description"]: comm for comm, model in models.items() if model == "TextModel"}
    return texts | {model: comm for comm, model in models.items() if model == "PasswordModel"}


def type_into(kernel, comm_id: str, text: str) -> list[dict]:
    """Type a text as a front end does; return the messages that follow."""
    data = {"method": "update", "state": {"value": text}, "buffer_paths": []}
    message = kernel.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
    kernel.client.shell_channel.send(message)
    messages = []
    while not messages or messages[-1]["content"].get("execution_state") != "idle":
        try:
            messages.append(kernel.client.get_iopub_msg(timeout=20))
        except Empty:
            pytest.fail("the kernel did not answer")
    return messages


def test_what_is_typed_into_the_form_is_in_no_message_or_log(lonely_kernel, demo, tmp_path):
    """With every log at DEBUG, a token typed into any field of the form is in no message, log, file or widget."""
    kernel, token = lonely_kernel, demo.access.issue(demo.access.me)
    assert kernel.run(LOG_EVERYTHING).error is None
    shown = kernel.run("%tracker login --strategy token", answers=[])
    fields = comm_ids(shown)
    messages = list(shown.outputs)
    for label in ("ClientID of the app", "Organisation ID", "PasswordModel"):
        messages += type_into(kernel, fields[label], f" {token}")
    messages += type_into(kernel, fields["Organisation ID"], demo.access.org_id)
    messages += type_into(kernel, fields["PasswordModel"], token)
    messages += kernel.run(SHOW_WIDGETS).outputs
    log = kernel.run(LOG_NOTHING)
    assert "%tracker login" in log.shown, "the kernel's messages are logged"
    assert demo.access.org_id in repr(messages), "the search finds what is there"
    assert "Other ways" in repr(messages), "the widgets are there"
    assert token not in repr([*messages, *log.outputs])
    assert not any(token in path.read_text() for path in tmp_path.rglob("*.json"))
