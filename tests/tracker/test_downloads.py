"""Downloads: in pieces, into a file that gets its name when it is complete; nothing else is left of them."""

import tracemalloc

import pytest

from tests.tracker.interrupts import LIMIT_S, Interrupt
from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.transport.transport import Transport

FILES = "/attachments/"
MEGABYTES = 64
MOST_MEMORY = 16 * 2**20


@pytest.fixture
def row(tracker, demo):
    """An attachment."""
    key = next(issue.key for issue in demo.world.issues.values() if issue.attachments and issue.key.startswith("DEV"))
    return tracker.attachments(key).iloc[0]


def test_a_large_file_needs_little_memory(tracker, demo, row, tmp_path):
    """A file is written in pieces while it arrives, also if its few compressed kilobytes stand for megabytes."""
    demo.behaviour.faults.append(Fault("gzip", FILES, by=MEGABYTES))
    tracemalloc.start()
    try:
        saved = tracker.download(row, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert saved.stat().st_size > MEGABYTES * 2**20
    assert peak < MOST_MEMORY


def test_a_file_gets_its_name_when_it_is_complete(tracker, demo, row, tmp_path):
    """While a file is fetched, there is an incomplete one of another name."""
    seen = []
    demo.behaviour.faults.append(Fault("hook", FILES, hook=lambda: seen.extend(tmp_path.iterdir())))
    assert tracker.download(row, tmp_path / "new").read_bytes()
    assert [path.suffix for path in seen] == [".part"]
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


FAILURES = {
    "cut": (Fault("cut", FILES, times=99), errors.UnexpectedReply),
    "time limit": (Fault("drip", FILES, times=99, seconds=0.01), errors.TimedOut),
    "refused": (Fault("status", FILES, times=99, status=404), errors.NotFound),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_nothing_is_left_of_a_download_that_failed(make, demo, row, tmp_path, failure):
    """Whatever ends a download, its incomplete file is removed."""
    fault, error = failure
    demo.behaviour.faults.append(fault)
    with pytest.raises(error):
        make(timeout=1).download(row, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_an_interrupted_download(make, demo, row, tmp_path):
    """An interrupt while a file arrives removes what has arrived."""
    interrupt = Interrupt()
    demo.behaviour.faults.append(Fault("drip", FILES, seconds=0.01, hook=interrupt))
    with pytest.raises(errors.Cancelled):
        make().download(row, tmp_path)
    assert interrupt.elapsed_s < LIMIT_S
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_is_no_failure_of_the_network(make, demo, row, tmp_path):
    """A file that cannot be written to its end is one error, which is not tried again, and nothing is left."""
    resource = pytest.importorskip("resource", reason="Windows has no limits for files")
    demo.behaviour.faults.append(Fault("gzip", FILES, times=99, by=3))
    tracker, limits = make(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, limits[1]))
    try:
        with pytest.raises(errors.BadOption, match=r"cannot be written.*too large"):
            tracker.download(row, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [request.path for request in demo.journal if FILES in request.path] == [demo.journal[-1].path]
    assert list(tmp_path.iterdir()) == []


def test_each_answer_replaces_what_was_written_before(demo, tmp_path):
    """The decoded bytes of a file are counted like any others; an answer that is too large or an error has no body."""
    demo.behaviour.faults.append(Fault("gzip", "/v3/statuses", by=2))
    names = demo.names
    headers = {"Authorization": f"OAuth {names['TRACKER_TOKEN']}", "X-Org-ID": names["TRACKER_ORG_ID"]}
    transport, url = Transport([demo.url]), f"{demo.url}/v3/statuses"
    try:
        with (tmp_path / "file").open("x+b") as file:
            with pytest.raises(errors.UnexpectedReply, match="more than 1 MB"):
                transport.send("GET", url, headers=headers, file=file, largest_bytes=2**20)
            assert transport.send("GET", url, headers=headers, file=file).body == b""
            content = transport.send("GET", url, headers=headers).body
            assert (tmp_path / "file").read_bytes() == content
            assert transport.send("GET", f"{url}/none", headers=headers, file=file).status == 404
            assert (tmp_path / "file").read_bytes() == content
    finally:
        transport.close()
