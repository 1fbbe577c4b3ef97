"""Replies that are odd: cut without a trace, JSON that few decoders read, another shape than documented."""

from contextlib import suppress
from dataclasses import replace

import pandas as pd
import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


def requests_of(demo, path):
    """How many requests to this path were received."""
    return sum(path in request.path for request in demo.journal)


# A number, or a file, that was cut.


CUT = {"cut": Fault("cut"), "no length": Fault("cut", without_length=True), "short length": Fault("short_length")}


@pytest.mark.parametrize("name", CUT)
def test_a_count_that_was_cut_is_no_count(tracker, demo, name):
    """A number that nothing delimits, or that goes on after its Content-Length, is requested again."""
    right = tracker.count("Queue: DEV")
    assert right > 100
    demo.journal.clear()
    demo.behaviour.faults.append(replace(CUT[name], path="_count"))
    assert tracker.count("Queue: DEV") == right
    assert requests_of(demo, "_count") == 2


def test_a_count_without_a_length_is_believed_if_two_agree(tracker, demo):
    """If no answer has a length, two equal ones are believed, whatever came before them."""
    right = tracker.count("Queue: DEV")
    demo.journal.clear()
    cut, whole = Fault("cut", "_count", without_length=True), Fault("hook", "_count", times=100, without_length=True)
    demo.behaviour.faults += [cut, whole]
    assert tracker.count("Queue: DEV") == right
    assert requests_of(demo, "_count") == 3


def test_counts_that_never_agree_are_an_error(tracker, demo):
    """If no answer has a length and no two agree, the error comes after a few requests."""
    demo.behaviour.faults += [Fault("shape", "_count", body=number, without_length=True) for number in range(20)]
    with pytest.raises(errors.UnexpectedReply, match="cut off"):
        tracker.count("Queue: DEV")
    assert requests_of(demo, "_count") < 10


def test_a_count_whose_length_is_always_too_small_is_an_error(tracker, demo):
    """A Content-Length that is always too small gives an error, not the beginning of the number."""
    tracker.me
    demo.behaviour.faults.append(Fault("short_length", "_count", times=1000))
    with pytest.raises(errors.UnexpectedReply, match="cut off"):
        tracker.count("Queue: DEV", timeout=0.5)


def test_a_raw_number_that_was_cut_is_no_answer(tracker, demo):
    """`t.post` compares numbers without a length as `count` does."""
    demo.behaviour.faults.append(Fault("cut", "_count", without_length=True))
    assert tracker.post("issues/_count", {"query": "Queue: DEV"}) == tracker.count("Queue: DEV")


@pytest.mark.parametrize("name", CUT)
def test_a_file_that_was_cut_is_not_saved(tracker, demo, tmp_path, name):
    """A file that nothing delimits is fetched again until two copies agree."""
    key, content = next(
        (issue.key, issue.attachments[0].content)
        for issue in demo.world.issues.values()
        if issue.attachments and issue.key.startswith("DEV-")
    )
    demo.behaviour.faults.append(replace(CUT[name], path=f"{key}/attachments/"))
    saved = tracker.download(tracker.attachments(key).iloc[0], tmp_path)
    assert saved.read_bytes() == content


# JSON that few decoders read.

ODD_TEXTS = {
    "half a surrogate pair": (b"a \\ud83d b", "a \ud83d b"),
    "a byte that is not UTF-8": (b"a \xff b", "a \udcff b"),
}


@pytest.fixture
def odd(demo):
    """An issue of DEV whose summary, and whose story points, every answer replaces."""
    issue = demo.world.find("DEV-500")
    before = dict(issue.values)
    with demo.lock:
        issue.values |= {"summary": "an odd one", "storyPoints": 12345.5}
    yield issue
    with demo.lock:
        issue.values.clear()
        issue.values |= before


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_an_odd_text_costs_no_page(tracker, demo, odd, name):
    """One text that cannot be encoded is kept in `.raw` and named by one warning; no request is repeated."""
    written, read = ODD_TEXTS[name]
    whole = tracker.issues("Queue: DEV", fields="summary")
    demo.journal.clear()
    demo.behaviour.faults.append(Fault("replace", times=1000, old=b"an odd one", new=written))
    with pytest.warns(errors.ValueWarning, match=r"NAME.raw: summary \(1\)"):
        frame = tracker.issues("Queue: DEV", fields="summary")
    assert requests_of(demo, "") <= whole.attrs["tracker"]["requests"]
    assert list(frame["key"]) == list(whole["key"])
    row = list(frame["key"]).index(odd.key)
    assert frame["summary"].drop(row).equals(whole["summary"].drop(row))
    assert frame["summary"].isna().sum() == 1
    assert frame["summary.raw"][row] == read
    assert frame.to_html().encode()  # as a notebook does to show it


@pytest.mark.parametrize("field", ["summary", "storyPoints"])
def test_nan_costs_no_page(tracker, demo, odd, field):
    """NaN, in a column of texts or of numbers, is kept in `.raw` and named by the warning."""
    old = b'"an odd one"' if field == "summary" else b"12345.5"
    demo.behaviour.faults.append(Fault("replace", times=1000, old=old, new=b"NaN"))
    with pytest.warns(errors.ValueWarning, match=rf"NAME.raw: {field} \(1\)"):
        frame = tracker.issues("Queue: DEV", fields=["summary", "storyPoints"])
    row = list(frame["key"]).index(odd.key)
    assert pd.isna(frame[field][row])
    assert isinstance(frame[f"{field}.raw"][row], float)
    assert [name for name in frame if name.endswith(".raw")] == [f"{field}.raw"]


def test_an_odd_text_in_a_list_can_be_shown(tracker, demo, odd):
    """A text in a list stays in the list, equal to itself, and the frame can be shown."""
    with demo.lock:
        odd.values["tags"] = ["an odd one", "b"]
    demo.behaviour.faults.append(Fault("replace", times=1000, old=b"an odd one", new=b"a \\ud83d b"))
    frame = tracker.issues("Queue: DEV", fields="tags")
    assert frame["tags"][list(frame["key"]).index(odd.key)] == ["a \ud83d b", "b"]
    assert frame.to_html().encode()


def test_odd_texts_of_lists_are_kept(tracker, demo):
    """Lists of issues, dictionaries and raw JSON are decoded in the same way."""
    issue = next(each for each in demo.world.issues.values() if each.comments and each.key.startswith("DEV-"))
    text = issue.comments[0].text
    demo.behaviour.faults.append(Fault("replace", "/comments", times=9, old=f'"{text}"'.encode(), new=b'"\\ud83d"'))
    with pytest.warns(errors.ValueWarning, match=r"text \(1\)"):
        frame = tracker.comments(issue.key)
    assert frame["text.raw"][0] == "\ud83d"
    assert tracker.get(f"issues/{issue.key}/comments")[0]["text"] == "\ud83d"


# JSON of another shape.


@pytest.mark.parametrize("path", ["statuses", "fields", "queues/DEV/localFields", "queues/DEV/versions"])
def test_one_object_in_place_of_a_list_is_its_record(tracker, demo, path):
    """An object whose URL is that of a record of the requested list is a list of one."""
    name = path.rpartition("/")[2]
    record = {"self": f"{demo.url}/v3/{name}/x", "id": "x", "key": "x", "name": "A name"}
    if name == "versions":
        record["queue"] = {"key": "DEV"}
    demo.behaviour.faults.append(Fault("shape", path, body=record))
    calls = {
        "statuses": tracker.statuses,
        "fields": tracker.fields,
        "localFields": lambda: tracker.fields("DEV"),
        "versions": lambda: tracker.versions("DEV"),
    }
    assert "x" in list(calls[name]()["id"])
    sent = [str(request) for request in demo.journal if path in request.path]
    assert len(sent) == len(set(sent))  # none is repeated


def test_one_item_of_a_checklist_needs_no_address(tracker, demo):
    """Items of checklists, which the documentation shows as one object, have no URL."""
    item = {"id": "5fde", "text": "An item", "checked": False}
    demo.behaviour.faults.append(Fault("shape", "/checklistItems", body=item))
    assert list(tracker.checklists("DEV-1")["text"]) == ["An item"]


def test_a_list_of_one_in_place_of_an_object_is_that_object(tracker, demo):
    """An issue by its key, and the user of the login, may come as a list of one."""
    issue = {"id": "5f2c", "key": "DEV-99999", "summary": "A title"}
    user = {"uid": 5, "login": "ann", "display": "Ann"}
    demo.behaviour.faults += [
        Fault("shape", "issues/DEV-99999", body=[issue]),
        Fault("shape", "/myself", body=[user]),
    ]
    assert list(tracker.issues(keys="DEV-99999", fields="summary")["summary"]) == ["A title"]
    assert tracker.me.login == "ann"


OTHER_SHAPES = {
    "count": ("_count", lambda tracker: [tracker.count("Queue: DEV")]),
    "search": ("_search", lambda tracker: tracker.issues("Queue: DEV")),
    "page": ("_search", lambda tracker: tracker.issues("Queue: DEV", limit=5)),
    "changelog": ("/changelog", lambda tracker: tracker.changelog("DEV-1")),
    "comments": ("/comments", lambda tracker: tracker.comments("DEV-1")),
    "statuses": ("/statuses", lambda tracker: tracker.statuses()),
    "users": ("/users", lambda tracker: tracker.users()),
    "projects": ("/entities", lambda tracker: tracker.projects()),
}


@pytest.mark.parametrize("body", [{"errorMessages": ["x"]}, [17], "text", None], ids=["object", "list", "text", "null"])
@pytest.mark.parametrize("name", OTHER_SHAPES)
def test_another_shape_is_an_error_after_one_retry(tracker, demo, name, body):
    """JSON that is something else is requested once more, and then it is an error; a single one does no harm."""
    path, call = OTHER_SHAPES[name]
    demo.behaviour.faults.append(Fault("shape", path, body=body, times=1000))
    with pytest.raises(errors.UnexpectedReply, match="sent 2 times") as caught:
        call(tracker)
    assert caught.value.reason == "wrong_shape"
    assert requests_of(demo, path) == 2
    demo.behaviour.faults[0].times = 1
    assert len(call(tracker))


# JSON nested as deeply as decoders read it, and texts that cannot be encoded.


@pytest.mark.filterwarnings("ignore::tracker_magic.errors.ValueWarning")
@pytest.mark.parametrize("depth", [900, 1000, 1015])
def test_json_nested_too_deeply_is_an_unexpected_reply(tracker, demo, depth):
    """Wherever it stands, it costs no bare RecursionError."""
    deep = b"[" * depth + b"]" * depth
    user = b'{"uid":%b,"trackerUid":7,"login":%b,"display":"Ann"}' % (deep, deep)
    demo.behaviour.faults.append(Fault("shape", "myself", body=user))
    assert (tracker.me.id, tracker.me.login, tracker.me.display) == ("7", "", "Ann")
    entry = b'[{"id":"1","updatedAt":%b,"fields":[{"field":{"id":"status"},"from":%b,"to":{"key":%b}}]}]'
    with suppress(errors.UnexpectedReply):
        demo.behaviour.faults.append(Fault("shape", "changelog", body=entry % (deep, deep, deep)))
        tracker.changelog(["DEV-1"])


def test_a_user_whose_name_cannot_be_encoded_is_logged_in(tracker, demo):
    """Half a surrogate pair in login or name is left out."""
    body = b'{"uid":7,"login":"ann\\ud800","display":"A\\ud800nn"}'
    demo.behaviour.faults.append(Fault("shape", "myself", body=body))
    assert (tracker.me.login, tracker.me.display) == ("ann", "Ann")
    assert "ann" in repr(tracker)


def test_the_words_of_a_refusal_survive_half_a_surrogate_pair(tracker, demo):
    """The error has the service's words without it."""
    demo.behaviour.faults.append(
        Fault("refuse", "_count", status=400, body=b'{"errorMessages":["no \\ud800such field"]}')
    )
    with pytest.raises(errors.BadQuery, match="no such field"):
        tracker.count("Queue: DEV")


@pytest.mark.filterwarnings("ignore::tracker_magic.errors.ValueWarning")
def test_a_field_whose_key_cannot_be_encoded_is_a_column(tracker, demo):
    """The key of a field, or of a status, that has half a surrogate pair does not cost the frame."""
    for old, new in ((b'"summary":', b'"z\\ud800":'), (b'"key":"open"', b'"key":"o\\ud800"')):
        demo.behaviour.faults.append(Fault("replace", "_search", times=9, old=old, new=new))
        frame = tracker.issues(query="Queue: DEV", fields="all", limit=50)
        demo.behaviour.faults.clear()
        assert len(frame) == 50
        assert old != b'"summary":' or "z\\ud800" in frame.columns
