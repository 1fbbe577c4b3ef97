"""The help about the query language, and the help that is asked for by options."""

import pytest

from tracker_magic import Tracker
from tracker_magic.layout import WIDTH
from tracker_magic.notebook.query_guide import guide, guide_names, sections


@pytest.fixture
def tracker(demo):
    """A Tracker of the embedded one."""
    names = demo.names
    with Tracker(
        names["TRACKER_TOKEN"], names["TRACKER_ORG_ID"], base_url=demo.url, search_rps=None, other_rps=None
    ) as own:
        yield own


def test_the_service_understands_every_query_of_the_guide(tracker, kernel):
    """Each query of the guide runs, with general names, and with those of the tracker in either language."""
    russian, english = guide_names(tracker), guide_names(tracker.with_defaults(tz="UTC", lang="en", timeout=None))
    for names in (guide_names(None).names, russian.names, english.names):
        queries = [query for rows in sections(names).values() for query, _ in rows]
        assert len(queries) > 15
        for query in queries:
            cell = kernel.run(f"%tracker count {query}")
            assert cell.error is None, query


def test_the_guide_fits_a_terminal(tracker):
    """No line of the guide is longer than 80 characters, with general names and with those of the tracker."""
    for own in (guide_names(None), guide_names(tracker)):
        assert [line for line in guide(own).splitlines() if len(line) > WIDTH] == []


def test_the_guide_names_what_the_tracker_has(kernel, demo):
    """`help query` names the queues, statuses and own fields of the session, and says how many requests that took."""
    kernel.run("%tracker me")
    before = len(demo.journal)
    shown = kernel.run("%tracker help query").shown
    assert "read with 6 requests" in shown
    assert len(demo.journal) - before == 6
    assert {queue.key for queue in demo.world.queues.values()} >= {"DEV", "OPS"}
    assert "Queues: DEV, OPS" in shown
    assert '"В работе"' in shown
    before = len(demo.journal)
    assert "known already" in kernel.run("%tracker help query").shown
    assert len(demo.journal) == before


def test_the_guide_names_each_thing_once_and_in_the_language_of_the_call(tracker):
    """Lists that were fetched in another language before are not mixed into the guide."""
    english = tracker.with_defaults(tz="UTC", lang="en", timeout=None)
    in_russian, in_english = guide_names(tracker).names.records, guide_names(english).names.records
    again = guide_names(tracker).names.records
    for name in ("statuses", "types", "priorities", "resolutions"):
        assert again[name] == in_russian[name] != in_english[name]
        assert len(in_english[name]) == len(in_russian[name])


def test_the_guide_needs_no_login_and_no_network(lonely_kernel, demo):
    """Without a login nothing is sent; if the service does not answer, the guide says so and has general names."""
    before = len(demo.journal)
    cell = lonely_kernel.run("%tracker help query")
    assert cell.error is None
    assert "After a login" in cell.shown
    assert "Queue: DEV" in cell.shown
    assert len(demo.journal) == before
    with Tracker("y0_made_up", "1", base_url="http://127.0.0.1:9") as unreachable:
        own = guide_names(unreachable)
    assert "could not be read" in own.origin
    assert own.names == guide_names(None).names


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("--help", "%tracker Queue: DEV"),
        ("-h", "%tracker Queue: DEV"),
        ("count --help", "%tracker count KEY… | QUERY"),
        ("count -h", "%tracker count KEY… | QUERY"),
        ("-n 5 --help", "%tracker Queue: DEV"),
        ("changelog --field status -h", "%tracker changelog"),
        ("sprints -h", "%tracker sprints BOARD"),
        ("sprints 1 --help", "%tracker sprints BOARD"),
        ("login -h", "%tracker login"),
        ("DEV-1 --help", "%tracker KEY…"),
        ("help --limit", "-n, --limit N"),
        ("help limit", "-n, --limit N"),
        ("--limit?", "-n, --limit N"),
        ("-n?", "-n, --limit N"),
        ("help -n", "-n, --limit N"),
        ("help --help", "-h, --help"),
        ("count?", "%tracker count KEY… | QUERY"),
        ("help count", "%tracker count KEY… | QUERY"),
        ("query --help", "A query is a list"),
    ],
)
def test_every_form_of_asking_for_help_shows_the_topic(lonely_kernel, demo, line, begins):
    """`--help` and `-h` show the help about the command, `help` that about an option; no login, no request."""
    before = len(demo.journal)
    cell = lonely_kernel.run(f"%tracker {line}")
    assert cell.error is None
    assert cell.shown.startswith(begins)
    assert len(demo.journal) == before


def test_help_runs_nothing_and_keeps_the_variable(lonely_kernel):
    """With `--help` no option is checked; help cannot be stored in a variable."""
    assert lonely_kernel.run("%tracker count --filter x --help").error is None
    for line in ("%tracker df << count --help", "df = %tracker help", "df = %tracker count?"):
        assert lonely_kernel.run(f"df = 1\n{line}").error[0] == "BadOption"
        assert lonely_kernel.run("df").result == "1"
