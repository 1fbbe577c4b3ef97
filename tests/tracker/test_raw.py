"""The way out of the frames."""

from dataclasses import replace

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault


def test_raw_lists_come_whole(tracker, demo):
    """A list follows its pages, in link, page and relative paging; an object comes as it is."""
    issue = max(demo.world.issues.values(), key=lambda issue: len(issue.events))
    assert len(tracker.get(f"issues/{issue.key}/changelog")) == len(issue.events)
    expected = tracker.count("Queue: DESIGN")
    assert len(tracker.post("issues/_search", {"queue": "DESIGN"}, perPage=100)) == expected
    assert len(tracker.post("/v2/issues/_search/", {"query": "Queue: DESIGN"}, perPage=50)) == expected
    assert tracker.post("issues/_count", {"query": "Queue: DESIGN"}) == expected
    assert tracker.get("myself")["login"] == tracker.me.login
    assert tracker.get("issues/DEV-1?fields=summary")["summary"]


def test_links_without_a_scheme_are_followed(tracker, demo):
    """The v3 documentation prints them so; only the query counts."""
    demo.behaviour.link_scheme = False
    issue = max(demo.world.issues.values(), key=lambda issue: len(issue.events))
    assert len(tracker.get(f"issues/{issue.key}/changelog", perPage=10)) == len(issue.events)


def test_another_host_is_never_asked(tracker, demo):
    """A whole address of somebody else is refused before anything is sent."""
    with pytest.raises(errors.BadOption):
        tracker.get("https://evil.example/v3/myself")
    assert not demo.journal


def test_a_redirect_to_another_host_is_not_followed(tracker, demo):
    """The token would go along."""
    tracker.me
    demo.behaviour.faults.append(Fault("redirect", path="issues/DEV-1", location="http://localhost:9/v3/issues/X-1"))
    with pytest.raises(errors.Refused, match="another host"):
        tracker.get("issues/DEV-1")


def test_a_file_is_saved_whole_and_never_over_another(tracker, demo, tmp_path):
    """Into a folder under its own name, or into a new file; an existing file stays."""
    issue = next(issue for issue in demo.world.issues.values() if issue.attachments and issue.key.startswith("DEV"))
    row = tracker.attachments(issue.key).iloc[0]
    saved = tracker.download(row, tmp_path)
    assert saved.name == issue.attachments[0].name
    assert saved.read_bytes() == issue.attachments[0].content
    with pytest.raises(errors.BadOption, match="exists"):
        tracker.download(row, saved)
    assert tracker.download(row, tmp_path / "other").read_bytes() == saved.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([saved.name, "other"])


def test_a_file_elsewhere_or_with_a_path_for_a_name_is_safe(tracker, tmp_path, demo):
    """Another host gets nothing; a name cannot leave the folder."""
    with pytest.raises(errors.BadOption, match="not the configured service"):
        tracker.download({"url": "https://evil.example/f", "name": "f"}, tmp_path)
    with pytest.raises(errors.BadOption, match="row"):
        tracker.download({"name": "f"}, tmp_path)
    issue = next(issue for issue in demo.world.issues.values() if issue.attachments and issue.key.startswith("DEV"))
    url = tracker.attachments(issue.key)["url"][0]
    saved = tracker.download({"url": url, "name": "../../evil"}, tmp_path)
    assert saved == tmp_path / "evil"


@pytest.mark.parametrize(("status", "expected"), [(503, errors.ServiceBroken), (429, errors.RateLimited)])
def test_a_post_that_changes_something_is_sent_once(tracker, demo, status, expected):
    """A failure after a write is told, not tried again."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", path="/worklog", status=status, times=9))
    with pytest.raises(expected):
        tracker.post("issues/DEV-1/worklog", {"duration": "PT1H"})
    assert len([seen for seen in demo.journal if seen.path.endswith("/worklog")]) == 1


def test_the_web_address_of_an_issue(tracker):
    """For a person to open."""
    assert tracker.web_url("DEV-1") == "https://tracker.yandex.ru/DEV-1"


def test_the_official_client_has_the_same_login(tracker):
    """`to_client` gives yandex_tracker_client, ready to be used."""
    client = tracker.to_client()
    assert client.issues["DEV-1"].key == "DEV-1"
    assert client.myself.login == tracker.me.login


def test_raw_lists_come_whole_in_every_way_of_paging(tracker, demo):
    """Scrolls, cursors by the last id, users and entities: all pages, and no scroll stays open."""
    everything = tracker.count("Queue: DEV, OPS, DESIGN")
    body = {"query": "Queue: DEV, OPS, DESIGN"}
    found = tracker.post("issues/_search", body, scrollType="unsorted", perScroll=1000, scrollTTLMillis=10_000)
    assert len({issue["id"] for issue in found}) == len(found) == everything
    assert len(tracker.get("boards/_paginate", perPage=1)) == len(demo.world.boards)
    worked = max(demo.world.issues.values(), key=lambda issue: len(issue.worklog))
    assert len(tracker.get(f"issues/{worked.key}/worklog", perPage=2)) == len(worked.worklog)
    assert len(tracker.get("users/_relative", perPage=10)["users"]) == len(demo.world.users)
    projects = tracker.post("entities/project/_search", {}, perPage=2, fields="summary")
    assert len(projects["values"]) == projects["hits"]


def test_a_paths_own_query_is_sent_as_it_means(tracker, demo):
    """Repeated and escaped parameters of a path reach the service once decoded, all of them."""
    tracker.get("worklog?createdBy=x%40y&createdAt=from:2026-01-01&createdAt=to:2026-02-01")
    assert demo.journal[-1].query["createdAt"] == ["from:2026-01-01", "to:2026-02-01"]
    assert demo.journal[-1].query["createdBy"] == ["x@y"]


EVERYTHING = {"query": "Queue: DEV, OPS, DESIGN"}
DESIGN = {"query": "Queue: DESIGN"}
# Way of paging → path, body (None: a GET), parameters.
WAYS = {
    "link": ("issues/{key}/changelog", None, {"perPage": 10}),
    "page": ("issues/_search", DESIGN, {"perPage": 40}),
    "scroll": ("issues/_search", DESIGN, {"perScroll": 40, "scrollType": "sorted"}),
    "queue": ("issues/_search", {"queue": "DESIGN"}, {"perPage": 40}),
    "users": ("users/_relative", None, {"perPage": 10}),
    "entities": ("entities/project/_search", {}, {"perPage": 2}),
}


def ids_of(tracker, demo, way):
    """The ids of the whole list, as a raw call gives it."""
    path, body, params = WAYS[way]
    longest = max(demo.world.issues.values(), key=lambda issue: len(issue.events))
    path = path.format(key=longest.key)
    data = tracker.get(path, **params) if body is None else tracker.post(path, body, **params)
    records = next(iter(data[name] for name in ("users", "values") if name in data), data)
    return [record.get("id", record.get("uid")) for record in records]


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("kind", ["empty_page", "repeat", "duplicate", "end_early", "drop", "cut", "html"])
@pytest.mark.parametrize("way", WAYS)
def test_a_raw_list_is_whole_or_an_error(tracker, demo, way, kind, skip):
    """Whatever is wrong with one of its pages: every record once, or a typed error, and no scroll is left."""
    expected = ids_of(tracker, demo, way)
    assert len(set(expected)) == len(expected) > 2
    demo.behaviour.faults.append(Fault(kind, WAYS[way][0].partition("{")[0], skip=skip, status=502))
    try:
        found = ids_of(tracker, demo, way)
    except errors.TrackerError:
        assert (way, kind) in MAY_FAIL
    else:
        assert found == expected
    if demo.open_scrolls and kind in {"drop", "cut"}:
        demo.service.scrolls.forget()  # its id never came


# A scroll moves on with every request: what it lost is told. The rows alone tell where a page ends early.
MAY_FAIL = {
    *(("scroll", kind) for kind in ("repeat", "end_early", "drop", "cut", "html")),
    *(("page", kind) for kind in ("empty_page", "end_early")),
}


def test_work_comes_whole_without_a_page_size(tracker, demo):
    """The service cuts at 50 and gives no link: the last id leads on."""
    issue = next(issue for issue in demo.world.issues.values() if issue.worklog)
    kept = list(issue.worklog)
    issue.worklog = [replace(kept[0], id=900_000 + number) for number in range(120)]
    try:
        found = tracker.get(f"issues/{issue.key}/worklog")
        assert [record["id"] for record in found] == list(range(900_000, 900_120))
    finally:
        issue.worklog = kept


def test_pages_that_end_at_ten_thousand_are_no_whole(tracker, demo):
    """The window of page mode: an error that names the scroll."""
    demo.behaviour.faults.append(
        Fault(
            "shape",
            "issues/_search",
            body=[{"id": str(number)} for number in range(10_000)],
            headers={"X-Total-Count": "10000", "X-Total-Pages": "1"},
        )
    )
    with pytest.raises(errors.UnexpectedReply, match="scroll"):
        tracker.post("issues/_search", EVERYTHING, perPage=10_000)


def test_totals_lead_on_where_there_are_no_links(tracker, demo):
    """X-Total-Pages is documented, links of page mode are not."""
    told = {"X-Total-Count": "3", "X-Total-Pages": "2"}
    demo.behaviour.faults.append(Fault("shape", "components", body=[{"id": 1}, {"id": 2}], headers=told))
    demo.behaviour.faults.append(Fault("shape", "components", body=[{"id": 2}, {"id": 3}], headers=told))
    assert [record["id"] for record in tracker.get("components", perPage=2)] == [1, 2, 3]
    demo.behaviour.faults.append(Fault("shape", "components", body=[{"id": 2}], headers=told, times=2))
    with pytest.raises(errors.UnexpectedReply, match="1 of 3"):
        tracker.get("components")


def test_lists_that_tell_nothing_are_left_as_they_are(tracker, demo):
    """Texts, records without ids and a list of just fifty come as the service gives them."""
    for body in (["a", "b", "a"], [{"name": "x"}, {"name": "x"}], [{"id": number} for number in range(50)], [], {}):
        demo.behaviour.faults.append(Fault("shape", "queues/DEV/tags", body=body, times=2))
        assert tracker.get("queues/DEV/tags") == body
        demo.behaviour.faults.clear()


def test_pages_that_shift_while_they_are_read_are_no_whole(make, demo):
    """An issue leaves between two pages by number, and draws another past the end of the first: an error."""
    tracker = make()
    first = tracker.post("issues/_search", DESIGN, perPage=40)[0]["key"]
    with demo.lock:
        issue = demo.world.issues[first]
    demo.behaviour.faults.append(Fault("hook", "issues/_search", skip=1, hook=lambda: demo.world.issues.pop(first)))
    try:
        with pytest.raises(errors.UnexpectedReply, match="changed from"):
            tracker.post("issues/_search", DESIGN, perPage=40)
    finally:
        with demo.lock:
            demo.world.issues[first] = issue


def test_a_raw_scroll_that_ends_early_is_told_however_large_it_is(tracker, demo):
    """Where the service's number ends, at 10,000, it is the least that must come."""
    body = [{"id": str(number)} for number in range(50)]
    for told in ("10000", "12000"):
        headers = {"X-Total-Count": told, "X-Scroll-Id": "s1", "X-Scroll-Token": "t1"}
        demo.behaviour.faults[:] = [
            Fault("shape", "issues/_search", body=body, headers=headers),
            Fault("shape", "issues/_search", body=[{"id": "last"}], headers={"X-Total-Count": told}),
        ]
        with pytest.raises(errors.UnexpectedReply, match="51 of 1"):
            tracker.post("issues/_search", EVERYTHING, scrollType="unsorted", perScroll=50)


def test_objects_of_another_shape_are_typed_errors(tracker, demo):
    """Users that nothing tells apart, numbers that are none."""
    for body in ({"users": [{"login": "x"}], "hasNext": True}, {"values": [{"id": 1}], "pages": 1, "hits": "1"}):
        demo.behaviour.faults[:] = [Fault("shape", "things", body=body, times=9)]
        with pytest.raises(errors.UnexpectedReply):
            tracker.get("things")
