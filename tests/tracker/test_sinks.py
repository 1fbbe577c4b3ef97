"""Page sinks: which rows a result has, in which order, and what an ended call leaves of them."""

import threading

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic import errors
from tracker_magic.api import ListSink, Operation, PartialResult, ResultSet
from tracker_magic.api.results import incomplete
from tracker_magic.tracker.selection import BUILT_IN
from tracker_magic.tracker.sinks import FrameSink, natural_order, natural_text, sorted_by_key

KEY = st.builds("{}-{}".format, st.sampled_from(["DEV", "DEVOPS", "A"]), st.integers(1, 10**6)) | st.text(max_size=5)


def take(sink, *ids):
    """Give a page of issues with these ids to a sink."""
    with sink.page() as page:
        page.add([{"id": each, "key": f"A-{each}", "summary": each} for each in ids])


def take_half_a_page(sink):
    """Give a page to a sink that fails after its first row."""
    with sink.page() as page:
        page.add([{"id": "2", "key": "A-2", "summary": "2"}])
        raise KeyError


def new_frame_sink():
    """A sink of frames with `key` and `summary` that has begun a reading."""
    sink = FrameSink(BUILT_IN.select(["summary"]), "UTC")
    sink.restart()
    return sink


# Order.


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["DEV", "DEVOPS", "A"]), st.integers(1, 10**6))))
def test_natural_texts_sort_by_queue_and_number(parts):
    """Sorting by `natural_text` sorts keys by queue and number."""
    keys = [f"{queue}-{number}" for queue, number in parts]
    assert sorted(keys, key=natural_text) == [f"{queue}-{number}" for queue, number in sorted(parts)]


@settings(deadline=None, max_examples=30)
@given(st.lists(KEY))
def test_natural_order_is_a_stable_sort_by_the_natural_text(keys):
    """`natural_order` and a stable sort by `natural_text` give the same order."""
    ordered = pd.Series(keys, dtype=object).sort_values(key=lambda each: each.map(natural_text), kind="stable")
    assert natural_order(keys) == ordered.index.tolist()


def test_rows_without_a_key_come_last():
    """A missing key is no error: its row comes last, and the index is new."""
    frame = sorted_by_key(pd.DataFrame({"key": pd.Series(["DEV-10", None, "DEV-2"], dtype="str"), "row": [0, 1, 2]}))
    assert frame["row"].tolist() == [2, 0, 1]
    assert frame.index.tolist() == [0, 1, 2]


# Readings.


@pytest.mark.parametrize("kind", ["list", "frame"])
def test_the_longest_reading_is_the_result_until_one_is_kept(kind):
    """The result is the longest reading, of two equally long ones the later, until `keep` is called."""

    def result_of(readings, kept=None):
        sink = ListSink() if kind == "list" else FrameSink(BUILT_IN.select(["summary"]), "UTC")
        for ids in readings:
            sink.restart()
            take(sink, *ids)
        if kept is not None:
            sink.keep(kept)
        return [each["id"] for each in sink.records] if kind == "list" else list(sink.frame()["summary"])

    readings = [["1", "2", "3"], ["4"], ["5", "6", "7"], ["8", "9"]]
    results = [result_of(readings[:number]) for number in range(5)]
    assert results == [[], ["1", "2", "3"], ["1", "2", "3"], ["5", "6", "7"], ["5", "6", "7"]]
    assert result_of(readings, {"8", "9"}) == ["8", "9"]
    assert result_of(readings, {"9"}) == ["9"]


@pytest.mark.parametrize("kind", ["list", "frame"])
def test_a_page_is_taken_whole_or_not_at_all(kind):
    """Of a page whose block ends with an error no row is taken."""
    sink = ListSink() if kind == "list" else new_frame_sink()
    sink.restart()
    take(sink, "1")
    with pytest.raises(KeyError):
        take_half_a_page(sink)
    take(sink, "3")
    assert ([each["id"] for each in sink.records] if kind == "list" else list(sink.frame()["summary"])) == ["1", "3"]


def test_a_result_set_takes_each_record_once():
    """A record that comes again in the same reading is left out; another reading takes it again."""
    sink = ListSink()
    results = ResultSet(sink)
    results.restart()
    take(results, "1", "2", "1")
    take(results, "2", "3")
    assert [each["id"] for each in sink.records] == ["1", "2", "3"]
    assert (results.rows, results.ids) == (3, {"1", "2", "3"})
    results.restart()
    take(results, "3")
    assert (results.rows, results.ids) == (3, {"3"})
    results.keep({"3"})
    assert results.rows == len(sink.records) == 1


@pytest.mark.parametrize(
    ("total", "limit", "message", "reported"),
    [
        (None, None, "2 issues were fetched: why", None),
        (5, None, "2 of 5 issues were fetched: why", 5),
        (5, 3, "2 of 3 issues were fetched: why", 3),
        (2, None, "2 issues were fetched, as many as the service counts, but not reliably: why", 2),
        (1, None, "2 issues were fetched, more than the 1 that the service counts: why", 1),
    ],
)
def test_an_incomplete_result_compares_rows_and_total(total, limit, message, reported):
    """The message never says that more rows were fetched than there are; the total is at most the limit."""
    results = ResultSet(ListSink())
    results.restart()
    take(results, "1", "2", "1")
    results.set_total(total)
    error = incomplete(results, errors.UnexpectedReply("why"), limit=limit)
    assert (error.message, error.fetched, error.total) == (message, 2, reported)
    assert "partial" in error.hint


# Calls that end early.


def test_pages_after_the_frame_was_made_are_left_out():
    """A page of a thread that outlives its call changes neither the frame nor the number of rows."""
    sink = new_frame_sink()
    take(sink, "1")
    frame = sink.frame()
    take(sink, "2")
    assert sink.frame() is frame
    assert frame["key"].tolist() == ["A-1"]
    assert len(sink) == 1


def test_the_frame_waits_for_the_page_under_way():
    """A page that is being taken when the frame is asked for is in it, whole; the next page is not."""
    sink, entered, go_on, frames = new_frame_sink(), threading.Event(), threading.Event(), []

    def read():
        with sink.page() as page:
            page.add([{"id": "1", "key": "A-1", "summary": "1"}])
            entered.set()
            go_on.wait(30)
            page.add([{"id": "2", "key": "A-2", "summary": "2"}])

    reader, maker = threading.Thread(target=read), threading.Thread(target=lambda: frames.append(sink.frame()))
    reader.start()
    entered.wait(30)
    maker.start()
    maker.join(0.1)
    assert maker.is_alive()
    go_on.set()
    for thread in (reader, maker):
        thread.join(30)
    take(sink, "3")
    assert frames[0]["key"].tolist() == sink.frame()["key"].tolist() == ["A-1", "A-2"]


class BrokenSource:
    """Rows that cannot be assembled."""

    def __init__(self, error):
        self._error = error

    def partial(self) -> PartialResult | None:
        """Raise the error."""
        raise self._error


def interrupt(_):
    """Progress that is interrupted."""
    raise KeyboardInterrupt


def test_rows_that_cannot_be_assembled_leave_a_cancelled_call():
    """If the rows make no frame, an interrupted call still raises Cancelled, without rows and without a context."""
    operation = Operation(progress=interrupt)
    operation.report("issues", 1, None)
    with pytest.raises(errors.Cancelled, match=r"stopped.*ValueError") as caught:
        operation.run(int, partial=BrokenSource(ValueError()))
    assert caught.value.partial is None
    assert caught.value.__context__ is None
