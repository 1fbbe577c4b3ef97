"""What is seen while a call takes long, and what is left of one that was stopped."""

import re

import pytest


def run_slowly(kernel, demo, line):
    """The cell of a line whose every request takes so long that its progress is shown."""
    demo.behaviour.latency_ms = 900
    try:
        return kernel.run(line, answers=[])
    finally:
        demo.behaviour.latency_ms = 0


def test_a_long_call_shows_one_line_updated_in_place(kernel, demo):
    """After half a second a line says how far it is, and it ends as the summary; nobody there: nothing."""
    demo.behaviour.latency_ms = 900
    try:
        cell = kernel.run("df = %tracker --columns key Queue: DEV", answers=[])
        quiet = kernel.run("df = %tracker --columns key Queue: DEV")
    finally:
        demo.behaviour.latency_ms = 0
    (first,) = cell.of("display_data")
    last = cell.of("update_display_data")[-1]
    assert first["data"]["text/plain"].startswith("▸")
    assert first["transient"] == last["transient"]
    assert re.fullmatch(r"\d+ issues · [\d.]+ s · \d+ requests?", last["data"]["text/plain"])
    assert quiet.outputs == [] or quiet.shown == ""


@pytest.mark.parametrize("call", ["count Queue: DEV", "--dry-run Queue: DEV"])
def test_a_long_count_ends_as_its_answer(kernel, demo, call):
    """The line does not stay at `▸ asking`; the number of issues stands in its place."""
    cell = run_slowly(kernel, demo, f"%tracker {call}")
    assert cell.of("display_data")[0]["data"]["text/plain"].startswith("▸ asking")
    assert re.fullmatch(r"\d+ issues · [\d.]+ s", cell.of("update_display_data")[-1]["data"]["text/plain"])


@pytest.mark.parametrize("call", ["flow throughput --plot Queue: DEV", "--dry-run Queue: DEV"])
def test_the_line_ends_before_anything_else_is_shown(kernel, demo, call):
    """A terminal would show a picture, or the text of a view, in the row of the line."""
    cell = run_slowly(kernel, demo, f"%tracker {call}")
    kinds = [each["msg_type"] for each in cell.outputs]
    line, other = (n for n, kind in enumerate(kinds) if kind == "display_data")
    ended = max(n for n, kind in enumerate(kinds) if kind == "update_display_data")
    assert line < ended < other
    assert re.fullmatch(r"(finished|\d+ issues) · [\d.]+ s", cell.outputs[ended]["content"]["data"]["text/plain"])


@pytest.mark.parametrize("call", ["count Queue: DEV", "changelog Queue: DEV", "worklog --since 2020-01-01"])
def test_an_interrupt_is_one_line_without_a_secret(kernel, demo, call):
    """Also in `%xmode Verbose`, which shows variables, and whatever was asked at that moment."""
    kernel.run("%xmode Verbose\n%tracker me")
    demo.behaviour.latency_ms = 5_000
    try:
        cell = kernel.run(f"%tracker {call}", interrupt_after_s=0.7)
    finally:
        demo.behaviour.latency_ms = 0
        kernel.run("%xmode Context")
    (error,) = cell.of("error")
    assert error["ename"] == "Cancelled"
    assert len("\n".join(error["traceback"]).splitlines()) == 1
    assert demo.access.token not in str(cell.outputs)
    assert kernel.run("import sys\nsys.last_value.__context__, sys.last_value.__cause__").result == "(None, None)"


@pytest.mark.parametrize("mode", ["Plain", "Context", "Verbose", "Minimal"])
def test_the_lines_of_an_error_stay_lines(mode, shell, capsys):
    """Also in a terminal, where `%xmode` decides what IPython puts between the parts of an error."""
    shell.run_line_magic("load_ext", "tracker_magic")
    shell.run_line_magic("xmode", mode)
    shell.run_cell("%tracker cuont Queue: DEV")
    lines = re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out).strip().splitlines()
    assert lines[-3].endswith("BadOption: `cuont` would be searched for as text.")
    assert lines[-2].startswith("Did you mean `%tracker count Queue: DEV`?")


def test_an_interrupt_keeps_the_fetched_rows(kernel, demo):
    """`Cancelled` is one message, the destination keeps its object, the fetched rows are in `_tracker_partial`."""
    kernel.run("df = old = object()")
    demo.behaviour.latency_ms = 150
    try:
        cell = kernel.run("df = %tracker changelog Queue: DEV", interrupt_after_s=1.0)
    finally:
        demo.behaviour.latency_ms = 0
    (error,) = cell.of("error")
    assert error["ename"] == "Cancelled"
    assert re.search(r"stopped at \d+ of \d+ issues.*_tracker_partial", cell.error_text)
    assert "Traceback" not in cell.error_text
    assert kernel.run("df is old, type(_tracker_partial).__name__").result == "(True, 'DataFrame')"


PRESS_AT = """
import os, signal, sys, threading

def press(frame, event, _):
    if event == "call" and frame.f_code.co_name == "natural_order":
        threading.setprofile(None)
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGINT)

threading.setprofile(press)
"""


def test_an_interrupt_after_the_last_row_keeps_them_all(kernel):
    """While the frame is sorted, a large one's likely moment: one message, every row in `_tracker_partial`."""
    rows = kernel.run("n = %tracker count Queue: DEV\nn").result
    kernel.run("df = old = object()")
    cell = kernel.run(PRESS_AT + "df = %tracker Queue: DEV")
    (error,) = cell.of("error")
    assert error["ename"] == "Cancelled"
    assert f"stopped at {rows} issues" in cell.error_text
    assert "Traceback" not in cell.error_text
    assert kernel.run("df is old, len(_tracker_partial)").result == f"(True, {rows})"


AWAIT = "import asyncio\nawait asyncio.sleep(0)\n"


@pytest.mark.parametrize("line", ["df = %tracker Queue: DEV", "df = current().issues('Queue: DEV')"])
def test_an_interrupt_stops_a_call_in_a_cell_that_contains_await(kernel, demo, line):
    """There too, `Cancelled` comes before the answer, the variable keeps its object, and the next cells work."""
    kernel.run("from tracker_magic import current\ncurrent().me\ndf = old = object()")
    demo.behaviour.latency_ms = 10_000
    try:
        cell = kernel.run(AWAIT + line, interrupt_after_s=0.7)
    finally:
        demo.behaviour.latency_ms = 0
    assert [error["ename"] for error in cell.of("error")] == ["Cancelled"]
    assert cell.seconds < 0.7 + 5.0
    assert kernel.run("df is old").result == "True"
    assert kernel.run(f"{AWAIT}df = %tracker Queue: DEV\nlen(df) > 0").result == "True"
