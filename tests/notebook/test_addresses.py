"""Addresses of Tracker, pasted in place of keys or a query; through a real kernel."""

import re
from urllib.parse import urlencode

import pytest

from tracker_magic.notebook.addresses import read_addresses

WEB = "https://tracker.yandex.ru"


ISSUE = [
    f"{WEB}/DEV-1",
    f"{WEB}/DEV-1/",
    f"{WEB}/DEV-1?from=mail&x=1",
    f"{WEB}/DEV-1#comment-5f",
    f"{WEB}/dev-1",
    f"{WEB}/issues/DEV-1",
    f"{WEB}/DEV-1/changelog",
    "http://tracker.yandex.ru/DEV-1",
    "HTTPS://TRACKER.YANDEX.RU/DEV-1",
    "tracker.yandex.ru/DEV-1",
    "https://tracker.yandex.com/DEV-1",
    "https://api.tracker.yandex.net/v3/issues/DEV-1",
    "https://api.tracker.yandex.net/v2/issues/DEV-1/attachments/4/a.png",
]


QUERIES = [
    (f"{WEB}/queue/DEV", "Queue: DEV"),
    (f"{WEB}/queues/DEV/", "Queue: DEV"),
    (f"{WEB}/DEV", "Queue: DEV"),
    (
        f"{WEB}/issues?_q=Queue%3A%20DEV%20Created%3A%20%3E%20today%28%29%20-%207d",
        "Queue: DEV Created: > today() - 7d",
    ),
    (f"{WEB}/issues?_o=x&_q=Queue:+DEV+Summary:+%22a+%2B+limit+5%22", 'Queue: DEV Summary: "a + limit 5"'),
    (f"{WEB}/issues/?_q=Status%3A%20%22%D0%9E%D1%82%D0%BA%D1%80%D1%8B%D1%82%22", 'Status: "Открыт"'),
    (f"-n 2 {WEB}/queue/DEV", "Queue: DEV"),
    (f"count {WEB}/queue/DEV", "Queue: DEV"),
    (f"comments {WEB}/queue/DEV", "Queue: DEV"),
    (f"changelog {WEB}/issues?_q=Queue%3A%20DEV --field status", "Queue: DEV"),
]

REFUSED = [
    ("https://jira.example.com/browse/DEV-1", "is not an address of this Tracker, which is at "),
    ("https://jira.example.com/DEV-1", "is not an address of this Tracker, which is at "),
    ("https://evil.example/?https://tracker.yandex.ru/DEV-1", "is not an address of this Tracker"),
    ("https://tracker.yandex.ru@evil.example/DEV-1", "is not an address of this Tracker"),
    ("http://[x", "is not an address of this Tracker"),
    (f"comments {WEB}.example/DEV-1", "is not an address of this Tracker"),
    (f"{WEB}/agile/board/5", 'Issues of its sprints: `%tracker "Sprints By Board": 5`'),
    (f"count {WEB}/agile/board/5", 'Issues of its sprints: `%tracker "Sprints By Board": 5`'),
    (f"{WEB}/", "is not the address of an issue, a queue, a filter or a search"),
    (f"{WEB}/admin/orgs", "is not the address of an issue, a queue, a filter or a search"),
    (f"{WEB}/issues?_f=1", "is not the address of an issue, a queue, a filter or a search"),
    (f"{WEB}/DEV-1 {WEB}/queue/DEV", "several addresses can only be those of issues"),
    (f"open {WEB}/queue/DEV", "is the address of a queue, which this command does not take"),
    (f"sprints {WEB}/DEV-1", "is the address of an issue, which this command does not take"),
    (f"{WEB}/DEV-1 foo", "`foo` follows an address, which goes with nothing else"),
    (f"queues {WEB}/DEV", "takes no argument"),
]


def searches(demo) -> list:
    """The searches that the embedded Tracker recorded."""
    return [seen for seen in demo.journal if seen.path.startswith("/v3/issues/_")]


def test_the_address_of_an_issue_means_its_key(kernel):
    """The address of an issue's page or record, with whatever follows the key, is read as the key."""
    for address in ISSUE:
        assert kernel.run(f"df = %tracker {address} --columns key").error is None, address
        assert kernel.run("list(df.key)").result == "['DEV-1']", address


def test_the_address_of_a_queue_or_search_means_its_query(kernel, demo):
    """The address of a queue's page, or of a search, is read as the query."""
    for line, query in QUERIES:
        before = len(searches(demo))
        assert kernel.run(f"df = %tracker {line}").error is None, line
        assert query in [seen.body["query"] for seen in searches(demo)[before:] if seen.body], line


@pytest.mark.parametrize("line", ["", "count ", "comments "])
@pytest.mark.parametrize("query", ["Queue: DEV Summary: {{x}}", "$x", "{{x}}", "Summary: {x}"])
def test_a_query_in_an_address_is_not_filled_in(kernel, demo, line, query):
    """An address is somebody else's text: what looks like a variable in it reaches the service as text."""
    kernel.run("x = 'Queue: OPS'")
    before = len(searches(demo))
    kernel.run(f"df = %tracker {line}{WEB}/issues?{urlencode({'_q': query})}")
    assert {seen.body["query"] for seen in searches(demo)[before:]} == {query}


def test_keys_in_lower_case_in_an_address_are_read_as_if_typed(kernel):
    """A search for `dev-1` in an address shows DEV-1, and the line says so."""
    cell = kernel.run(f"df = %tracker {WEB}/issues?_q=dev-1,+Dev-2 --columns key")
    assert cell.shown.startswith("`dev-1, Dev-2` was read as DEV-1, DEV-2; `%tracker query dev-1, Dev-2` searches")
    assert kernel.run("list(df.key)").result == "['DEV-1', 'DEV-2']"


def test_addresses_are_understood_by_other_commands(kernel):
    """Commands that take keys, a queue or a board take their addresses, several issues in one line or cell."""
    kernel.run(f"df = %tracker {WEB}/DEV-1, {WEB}/DEV-2 {WEB}/DEV-3 --columns key")
    assert kernel.run("list(df.key)").result == "['DEV-1', 'DEV-2', 'DEV-3']"
    kernel.run(f"df = %%tracker --columns key\n{WEB}/DEV-1\n{WEB}/DEV-2\n")
    assert kernel.run("list(df.key)").result == "['DEV-1', 'DEV-2']"
    kernel.run(f"df = %tracker changelog {WEB}/DEV-1")
    assert kernel.run("set(df.key)").result == "{'DEV-1'}"
    assert kernel.run(f"%tracker count {WEB}/DEV-1").result == "1"
    assert kernel.run(f"%tracker open {WEB}/DEV-1").shown == kernel.run("%tracker open DEV-1").shown
    kernel.run(f"a = %tracker fields {WEB}/queue/DEV\nb = %tracker sprints {WEB}/agile/board/1")
    kernel.run("c = %tracker fields DEV\nd = %tracker sprints 1")
    assert kernel.run("a.equals(c) and len(a) > 0, b.equals(d) and len(b) > 0").result == "(True, True)"


def test_the_address_of_a_filter_means_the_filter(kernel, demo):
    """The issues of a filter are those that `--filter` gives; a command without that option searches by its id."""
    number = next(iter(demo.world.filters))
    assert kernel.run(f"a = %tracker {WEB}/filters/filter:{number}\nb = %tracker --filter {number}").error is None
    assert kernel.run("list(a.key) == list(b.key)").result == "True"
    assert kernel.run(f"n = %tracker count {WEB}/issues/filter/{number}").error is None
    assert kernel.run("n == len(b)").result == "True"
    kernel.run(f"%tracker comments {WEB}/filters/{number}")
    assert searches(demo)[-1].body["query"] == f"Filter: {number}"


def test_an_address_that_means_no_issues_is_an_error(kernel, demo):
    """An address of another host, or of a page without issues, raises BadOption before anything is sent."""
    kernel.run("df = old = object()")
    before = len(searches(demo))
    for line, message in REFUSED:
        name, text = kernel.run(f"df = %tracker {line}").error
        assert name == "BadOption", line
        assert message in text, line
        assert kernel.run("df is old").result == "True", line
    assert len(searches(demo)) == before


def test_every_address_that_the_product_prints_is_understood(kernel):
    """What `open`, a table's links, `attrs`, `web_url` and the column `self` show can be pasted again."""
    kernel.run("from tracker_magic import current\ndf = %tracker -n 30 --columns key,self Queue: DEV")
    kernel.run("some = df.key.tolist()\nmany = %tracker $df --columns key\nfew = %tracker Queue: DEV Status: open")
    addresses = "current().web_url('DEV-1'), df.attrs['tracker']['url'], few.attrs['tracker']['url'], df.self[0]"
    for address in re.findall("'(http.*?)'", kernel.run(addresses).result):
        assert kernel.run(f"got = %tracker {address}").error is None, address
    (shown,) = kernel.run("%tracker Queue: DEV").of("execute_result")
    link = re.search('href="([^"]+)"', shown["data"]["text/html"])[1]
    assert kernel.run(f"%tracker {link}").error is None


def test_the_configured_web_address_is_the_own_one(kernel):
    """TRACKER_WEB_URL names the host whose addresses are understood; other ports and hosts are foreign."""
    setting = "import os\nweb_url = os.environ['TRACKER_WEB_URL']\nos.environ['TRACKER_WEB_URL'] = "
    kernel.run(f"{setting}'https://tracker.example.org:8443'\n%tracker login -s own")
    try:
        assert kernel.run("%tracker https://tracker.example.org:8443/DEV-1").error is None
        for host in ("tracker.example.org", "tracker.example.org:8444"):
            assert "which is at" in kernel.run(f"%tracker https://{host}/DEV-1").error[1]
    finally:
        kernel.run("os.environ['TRACKER_WEB_URL'] = web_url\n%tracker use main")


@pytest.mark.parametrize(
    "text", ["Description: https://tracker.yandex.ru/DEV-1", "see tracker.yandex.ru/DEV-1", "DEV-1"]
)
def test_an_address_inside_a_query_is_text(text):
    """Only a text that begins with an address is read as one."""
    assert read_addresses(text) == []
