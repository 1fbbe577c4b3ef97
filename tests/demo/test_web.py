"""The pages of issues, to which links lead."""

import pytest
import requests

from tracker_magic import Tracker


@pytest.fixture
def get(demo):
    """Gets a page without a login."""
    return lambda path: requests.get(f"{demo.url}/{path}", timeout=5)


def test_the_link_of_an_issue_leads_to_its_page(demo, get):
    """`TRACKER_WEB_URL` is the demo, and an issue's page has its key and summary."""
    names = demo.names
    issue = next(each for each in demo.world.issues.values() if not demo.world.queues[each.key.split("-")[0]].hidden)
    with Tracker(
        names["TRACKER_TOKEN"], names["TRACKER_ORG_ID"], base_url=demo.url, web_url=names["TRACKER_WEB_URL"]
    ) as tracker:
        url = str(tracker.web_url(issue.key))
    page = get(url.removeprefix(f"{demo.url}/"))
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert issue.key in page.text


def test_a_page_is_escaped(demo, get):
    """Whatever a text holds, a page shows it and runs nothing."""
    issue = next(each for each in demo.world.issues.values() if not demo.world.queues[each.key.split("-")[0]].hidden)
    before = issue.values["summary"]
    with demo.lock:
        issue.values["summary"] = "<script>alert(1)</script>"
    page = get(issue.key)
    with demo.lock:
        issue.values["summary"] = before
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text


def test_unknown_and_hidden_issues_have_no_page(demo, get):
    """A key that does not exist, one of a hidden queue, and any other address get 404."""
    hidden = [key for key in demo.world.issues if demo.world.queues[key.split("-")[0]].hidden][:1]
    assert [get(name).status_code for name in ("DEV-99999", "issues", "favicon.ico", *hidden)] == [404] * (
        3 + len(hidden)
    )
