"""Completion and tooltips through a real kernel, as front ends request them."""

import pytest

PYTHON = ["pri", "reader.spl", "import jso", "%loa", "open('pyproj", "data['a"]
SETUP = "import json\ndata = {'alpha': 1}\nreader = 'Queue: DEV'"


def reply(kernel, request_id):
    """The content of the reply to a request on the shell channel."""
    message = kernel.client.get_shell_msg(timeout=30)
    while message["parent_header"].get("msg_id") != request_id:
        message = kernel.client.get_shell_msg(timeout=30)
    return message["content"]


def complete(kernel, cell):
    """What is replaced and what by, if Tab is pressed at the `|`, or at the end."""
    before, _, after = cell.partition("|")
    content = reply(kernel, kernel.client.complete(before + after, len(before)))
    return (before + after)[content["cursor_start"] : content["cursor_end"]], content["matches"]


def inspect(kernel, cell):
    """The text that Shift-Tab shows at the `|`."""
    before, _, after = cell.partition("|")
    return reply(kernel, kernel.client.inspect(before + after, len(before)))["data"].get("text/plain", "")


@pytest.fixture
def known(kernel):
    """A kernel that has listed queues and statuses, and has some issues."""
    commands = ("fields", "queues", "statuses", "users", "versions DEV", "sprints 1")
    lists = "".join(f"%tracker {command};\n" for command in commands)
    assert kernel.run(f"{lists}bugs = %tracker -n 20 Queue: DEV\n{SETUP}").error is None
    return kernel


def test_every_form_of_the_magic_is_completed_without_a_request(known, demo):
    """Names come from lists that were fetched before, and from variables; Python's names are not among them."""
    before = len(demo.journal)
    for form in ("%tracker {}", "df = %tracker {}", "%%tracker\n{}", "df = %%tracker -n 5\nQueue: DEV\n{}"):
        assert complete(known, form.format("Status: Откр|")) == ("Откр", ["Открыт", '"Открыт заново"'])
    assert "DEV" in complete(known, "%tracker Queue: ")[1]
    assert f"{demo.world.users[demo.world.me].login}@" in complete(known, "%tracker Assignee: ")[1]
    assert complete(known, '%tracker "Fix Version": 2')[1]
    assert complete(known, "%tracker Sprint: Маг")[1]
    assert complete(known, "%tracker changelog --fie")[1] == ["--field"]
    assert complete(known, "%tracker changelog $") == ("", ["bugs", "reader"])
    assert complete(known, "%tracker Queue: {{rea") == ("rea", ["reader"])
    assert complete(known, "%tracker Summary: rea") == ("", [])
    assert complete(known, '%tracker Queue: DEV "Sort') == ('"Sort', ['"Sort By":'])
    assert complete(known, '%tracker Queue: DEV "Sort|"') == ('"Sort', ['"Sort By'])
    assert complete(known, "%tracker Испол") == ("Испол", ["Assignee:"])
    assert complete(known, "%tracker DEV.te")[1] == ["DEV.team:"]
    assert len(demo.journal) == before


def test_tables_are_enough_before_the_first_command(kernel, demo):
    """Before any login, commands, options, system fields and functions are completed, and nothing is sent."""
    before = len(demo.journal)
    assert complete(kernel, "%tracker changel") == ("changel", ["changelog"])
    assert complete(kernel, "%tracker Story P|") == ("Story P", ['"Story Points":'])
    assert complete(kernel, "%tracker Created: > tod") == ("tod", ["today()"])
    assert kernel.run("from pathlib import Path\nfile = Path('open.txt')\nfile.touch()").error is None
    offered = complete(kernel, "%tracker -f ")[1]
    assert "open.txt" in offered
    assert "print" not in offered
    assert kernel.run("file.unlink()").error is None
    assert complete(kernel, "%tracker --tz Europe/Mosc") == ("Europe/Mosc", ["Europe/Moscow"])
    assert len(demo.journal) == before


def test_python_is_completed_as_without_the_extension(known):
    """In Python cells, also beside the magic, completion is the same as without the extension."""
    cells = [f"x = 1\n{cell}|\ny = 2" for cell in PYTHON]
    with_extension = [complete(known, cell) for cell in cells]
    beside = [complete(known, f"%tracker Queue: DEV\n{cell}") for cell in ("reader.spl", "pri")]
    assert known.run("%unload_ext tracker_magic").error is None
    without = [complete(known, cell) for cell in cells]
    assert with_extension == without
    assert beside == [complete(known, f"# %tracker\n{cell}") for cell in ("reader.spl", "pri")]
    assert "--columns" not in complete(known, "%tracker --col")[1]


def test_reloading_adds_nothing_twice(known):
    """After a reload each name is offered once."""
    assert known.run("%reload_ext tracker_magic\n%reload_ext tracker_magic").error is None
    assert complete(known, "%tracker --col") == ("--col", ["--columns"])


def test_shift_tab_shows_the_help_of_a_command(known, demo):
    """On the magic, a command or an option Shift-Tab shows help; elsewhere what the kernel shows."""
    before = len(demo.journal)
    assert "%tracker Queue: DEV" in inspect(known, "df = %trac|ker Queue: DEV")
    assert inspect(known, "%tracker change|log DEV-1").startswith("%tracker changelog")
    assert inspect(known, "%tracker --lim|it 5 Queue: DEV").startswith("-n, --limit")
    assert "Serialize" in inspect(known, "%tracker Queue: DEV\njson.dum|ps")
    for word in ("Status: op|en", "-n 5| Queue: DEV", "Summary: pri|nt"):
        assert inspect(known, f"%tracker {word}") == ""
    assert "Queue: DEV" in inspect(known, "%tracker changelog $read|er")
    assert "Queue: DEV" in inspect(known, "%tracker Summary: {{read|er}}")
    assert len(demo.journal) == before
    assert known.run("%unload_ext tracker_magic").error is None
    assert inspect(known, "%tracker change|log DEV-1") == ""
    assert "Serialize" in inspect(known, "json.dum|ps")


def test_names_of_the_organisation_are_known_soon_after_a_login(kernel, demo):
    """If somebody can answer questions, the lists are fetched after the first command, without a further one."""
    assert kernel.run("%tracker me", answers=[]).error is None
    wait = "import threading\n[each.join(30) for each in threading.enumerate() if 'prefetch' in each.name]"
    assert kernel.run(wait).error is None
    before = len(demo.journal)
    assert "DEV" in complete(kernel, "%tracker Queue: ")[1]
    assert complete(kernel, "%tracker Испол") == ("Испол", ["Assignee:"])
    assert len(demo.journal) == before
