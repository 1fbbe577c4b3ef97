"""Raw JSON, files, web addresses and the official client."""

from dataclasses import replace

import pytest
from yandex_tracker_client.exceptions import TrackerServerError

from tracker_magic import errors
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.demo.behaviour import Fault
from tracker_magic.secret import Secret

EVERYTHING = {"query": "Queue: DEV, OPS, DESIGN"}
DESIGN = {"query": "Queue: DESIGN"}

# Raw JSON.


def test_raw_lists_come_complete(tracker, demo):
    """A list comes with all its pages, in API v2 and v3; an object or a number comes as it is."""
    issue = max(demo.world.issues.values(), key=lambda each: len(each.events))
    assert len(tracker.get(f"issues/{issue.key}/changelog")) == len(issue.events)
    expected = tracker.count("Queue: DESIGN")
    assert len(tracker.post("issues/_search", {"queue": "DESIGN"}, perPage=100)) == expected
    assert len(tracker.post("/v2/issues/_search/", DESIGN, perPage=50)) == expected
    assert tracker.post("issues/_count", DESIGN) == expected
    assert tracker.get("myself")["login"] == tracker.me.login
    assert tracker.get("issues/DEV-1?fields=summary")["summary"]


def test_every_way_of_paging_is_followed(tracker, demo):
    """Scrolls, cursors by the last id, users and entities come with all pages, and no scroll stays open."""
    expected = tracker.count("Queue: DEV, OPS, DESIGN")
    scroll = {"scrollType": "unsorted", "perScroll": 1000, "scrollTTLMillis": 10_000}
    issues = tracker.post("issues/_search", EVERYTHING, **scroll)
    assert len({issue["id"] for issue in issues}) == len(issues) == expected
    assert len(tracker.get("boards/_paginate", perPage=1)) == len(demo.world.boards)
    worked = max(demo.world.issues.values(), key=lambda issue: len(issue.worklog))
    assert len(tracker.get(f"issues/{worked.key}/worklog", perPage=2)) == len(worked.worklog)
    assert len(tracker.get("users/_relative", perPage=10)["users"]) == len(demo.world.users)
    projects = tracker.post("entities/project/_search", {}, perPage=2, fields="summary")
    assert len(projects["values"]) == projects["hits"]


def test_links_without_a_scheme_are_followed(tracker, demo):
    """Links without a scheme, as the documentation of v3 prints them, are followed: only their parameters count."""
    demo.behaviour.link_scheme = False
    issue = max(demo.world.issues.values(), key=lambda each: len(each.events))
    assert len(tracker.get(f"issues/{issue.key}/changelog", perPage=10)) == len(issue.events)


def test_the_query_of_a_path_is_decoded_once(tracker, demo):
    """Repeated and escaped parameters in a path reach the service, all of them, decoded once."""
    tracker.get("worklog?createdBy=x%40y&createdAt=from:2026-01-01&createdAt=to:2026-02-01")
    assert demo.journal[-1].query["createdAt"] == ["from:2026-01-01", "to:2026-02-01"]
    assert demo.journal[-1].query["createdBy"] == ["x@y"]


def test_another_host_gets_no_request(tracker, demo):
    """An address on another host is refused before anything is sent."""
    with pytest.raises(errors.BadOption):
        tracker.get("https://evil.example/v3/myself")
    assert not demo.journal


def test_a_redirect_to_another_host_is_not_followed(tracker, demo):
    """A redirect to another host is refused, because the token would go along."""
    tracker.me
    demo.behaviour.faults.append(Fault("redirect", path="issues/DEV-1", location="http://localhost:9/v3/issues/X-1"))
    with pytest.raises(errors.Refused, match="another host"):
        tracker.get("issues/DEV-1")


@pytest.mark.parametrize(("status", "error"), [(503, errors.ServiceBroken), (429, errors.RateLimited)])
def test_a_post_that_changes_something_is_sent_once(tracker, demo, status, error):
    """A request that changes something is not sent again after a failure."""
    tracker.me
    demo.behaviour.faults.append(Fault("status", path="/worklog", status=status, times=9))
    with pytest.raises(error):
        tracker.post("issues/DEV-1/worklog", {"duration": "PT1H"})
    assert len([request for request in demo.journal if request.path.endswith("/worklog")]) == 1


# Faults of raw lists.

# Way of paging: path, body (None: a GET), parameters.
LISTS = {
    "link": ("issues/{key}/changelog", None, {"perPage": 10}),
    "page": ("issues/_search", DESIGN, {"perPage": 40}),
    "scroll": ("issues/_search", DESIGN, {"perScroll": 40, "scrollType": "sorted"}),
    "queue": ("issues/_search", {"queue": "DESIGN"}, {"perPage": 40}),
    "users": ("users/_relative", None, {"perPage": 10}),
    "entities": ("entities/project/_search", {}, {"perPage": 2}),
}
# A scroll moves on with every request, so a page that was lost is an error. Of pages by number, only the number of rows
# shows that one ended early.
MAY_FAIL = {
    *(("scroll", kind) for kind in ("repeat", "end_early", "drop", "cut", "html")),
    *(("page", kind) for kind in ("empty_page", "end_early")),
}


def ids_of(tracker, demo, paging):
    """The ids of all records of a list, as a raw call gives them."""
    path, body, params = LISTS[paging]
    longest = max(demo.world.issues.values(), key=lambda issue: len(issue.events))
    path = path.format(key=longest.key)
    data = tracker.get(path, **params) if body is None else tracker.post(path, body, **params)
    records = next(iter(data[name] for name in ("users", "values") if name in data), data)
    return [record.get("id", record.get("uid")) for record in records]


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("kind", ["empty_page", "repeat", "duplicate", "end_early", "drop", "cut", "html"])
@pytest.mark.parametrize("paging", LISTS)
def test_a_raw_list_is_complete_or_an_error(tracker, demo, paging, kind, skip):
    """Whatever is wrong with a page, every record comes once or the error is typed; no scroll stays open."""
    expected = ids_of(tracker, demo, paging)
    assert len(set(expected)) == len(expected) > 2
    demo.behaviour.faults.append(Fault(kind, LISTS[paging][0].partition("{")[0], skip=skip, status=502))
    try:
        ids = ids_of(tracker, demo, paging)
    except errors.TrackerError:
        assert (paging, kind) in MAY_FAIL
    else:
        assert ids == expected
    if demo.open_scrolls and kind in {"drop", "cut"}:
        demo.service.scrolls.forget()  # its id was never received


def test_work_comes_complete_without_a_page_size(tracker, demo):
    """More than 50 work records come by the last id, since the service cuts at 50 and gives no link."""
    issue = next(issue for issue in demo.world.issues.values() if issue.worklog)
    worklog = list(issue.worklog)
    issue.worklog = [replace(worklog[0], id=900_000 + number) for number in range(120)]
    try:
        records = tracker.get(f"issues/{issue.key}/worklog")
        assert [record["id"] for record in records] == list(range(900_000, 900_120))
    finally:
        issue.worklog = worklog


def test_pages_that_end_at_ten_thousand_are_an_error(tracker, demo):
    """Pages by number that end at the service's maximum of 10,000 are an error that recommends a scroll."""
    body = [{"id": str(number)} for number in range(10_000)]
    headers = {"X-Total-Count": "10000", "X-Total-Pages": "1"}
    demo.behaviour.faults.append(Fault("shape", "issues/_search", body=body, headers=headers))
    with pytest.raises(errors.UnexpectedReply, match="scroll"):
        tracker.post("issues/_search", EVERYTHING, perPage=10_000)


def test_total_headers_lead_on_where_there_are_no_links(tracker, demo):
    """Without links X-Total-Pages says how many pages there are, and X-Total-Count how many records must come."""
    totals = {"X-Total-Count": "3", "X-Total-Pages": "2"}
    demo.behaviour.faults.append(Fault("shape", "components", body=[{"id": 1}, {"id": 2}], headers=totals))
    demo.behaviour.faults.append(Fault("shape", "components", body=[{"id": 2}, {"id": 3}], headers=totals))
    assert [record["id"] for record in tracker.get("components", perPage=2)] == [1, 2, 3]
    demo.behaviour.faults.append(Fault("shape", "components", body=[{"id": 2}], headers=totals, times=2))
    with pytest.raises(errors.UnexpectedReply, match="1 of 3"):
        tracker.get("components")


def test_lists_without_ids_or_links_come_as_they_are(tracker, demo):
    """Texts, records without ids and a list of exactly fifty records come as the service gives them."""
    for body in (["a", "b", "a"], [{"name": "x"}, {"name": "x"}], [{"id": number} for number in range(50)], [], {}):
        demo.behaviour.faults.append(Fault("shape", "queues/DEV/tags", body=body, times=2))
        assert tracker.get("queues/DEV/tags") == body
        demo.behaviour.faults.clear()


def test_pages_that_shift_while_they_are_read_are_an_error(make, demo):
    """If an issue leaves between two pages by number, which moves others to the page before, the call fails."""
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


def test_a_raw_scroll_that_ends_early_is_an_error_for_every_total(tracker, demo):
    """Fewer rows than a scroll reports are an error; a reported 10,000 is the least number that must come."""
    body = [{"id": str(number)} for number in range(50)]
    for total in ("10000", "12000"):
        headers = {"X-Total-Count": total, "X-Scroll-Id": "s1", "X-Scroll-Token": "t1"}
        demo.behaviour.faults[:] = [
            Fault("shape", "issues/_search", body=body, headers=headers),
            Fault("shape", "issues/_search", body=[{"id": "last"}], headers={"X-Total-Count": total}),
        ]
        with pytest.raises(errors.UnexpectedReply, match="51 of 1"):
            tracker.post("issues/_search", EVERYTHING, scrollType="unsorted", perScroll=50)


def test_objects_that_cannot_be_paged_are_typed_errors(tracker, demo):
    """Users without an id, and pages without usable numbers, are typed errors."""
    for body in ({"users": [{"login": "x"}], "hasNext": True}, {"values": [{"id": 1}], "pages": 1, "hits": "1"}):
        demo.behaviour.faults[:] = [Fault("shape", "things", body=body, times=9)]
        with pytest.raises(errors.UnexpectedReply):
            tracker.get("things")


# Files, addresses, the official client.


@pytest.fixture
def issue_with_file(demo):
    """An issue with an attachment."""
    return next(issue for issue in demo.world.issues.values() if issue.attachments and issue.key.startswith("DEV"))


def test_a_file_is_saved_whole_and_never_over_another(tracker, issue_with_file, tmp_path):
    """A file is saved into a folder under a name of its own, or as a new file; an existing file stays."""
    row = tracker.attachments(issue_with_file.key).iloc[0]
    saved = tracker.download(row, tmp_path)
    assert saved.name == f"{issue_with_file.key}-{row['id']}-{issue_with_file.attachments[0].name}"
    assert saved.read_bytes() == issue_with_file.attachments[0].content
    with pytest.raises(errors.BadOption, match="exists"):
        tracker.download(row, saved)
    assert tracker.download(row, tmp_path / "other").read_bytes() == saved.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([saved.name, "other"])


def test_a_file_on_another_host_is_not_requested(tracker, tmp_path, demo):
    """A file on another host is not requested, and what is no row of attachments is refused."""
    with pytest.raises(errors.BadOption, match="not the configured service"):
        tracker.download({"url": "https://evil.example/f", "name": "f"}, tmp_path)
    with pytest.raises(errors.BadOption, match="row"):
        tracker.download({"name": "f"}, tmp_path)
    assert not demo.journal


def test_the_name_of_a_file_cannot_leave_the_folder(tracker, issue_with_file, tmp_path):
    """A name with a path is saved under its last part, in the folder."""
    url = tracker.attachments(issue_with_file.key)["url"][0]
    assert tracker.download({"url": url, "name": "../../evil"}, tmp_path) == tmp_path / "evil"
    everywhere = dict.fromkeys(("key", "id", "name"), "..\\../.x")
    assert tracker.download({"url": url, **everywhere}, tmp_path) == tmp_path / "x-x-x"
    assert tracker.download({"url": url, "key": "..", "id": None, "name": float("nan")}, tmp_path).name == "attachment"


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("C:x", "C_x"),
        ("evil.txt:stream", "evil.txt_stream"),
        ('a<b>"c|d?*.txt', "a_b__c_d__.txt"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("end. .", "end"),
        ("a\x1b[2J\x00\u202egpj.txt", "agpj.txt"),
        ("д" * 300 + ".txt", "д" * 118 + ".txt"),
        ("x" * 5000, "x" * 240),
        ("x." + "y" * 5000, "x." + "y" * 238),
    ],
)
def test_the_name_of_a_file_fits_every_system(tracker, issue_with_file, tmp_path, name, saved):
    """Drives, streams, devices and long names of another system are no part of a name, which keeps its ending."""
    url = tracker.attachments(issue_with_file.key)["url"][0]
    assert tracker.download({"url": url, "name": name}, tmp_path) == tmp_path / saved


def test_files_of_the_same_name_do_not_collide(tracker, issue_with_file, tmp_path):
    """Files of one name, on one issue or several, and raw records are saved under different names."""
    url = tracker.attachments(issue_with_file.key)["url"][0]
    rows = [{"key": key, "id": number, "name": "log.txt"} for key, number in (("A-1", "1"), ("A-1", "2"), ("B-1", "3"))]
    names = [tracker.download({"url": url, **row}, tmp_path).name for row in (*rows, {"id": 4, "name": "log.txt"})]
    assert names == ["A-1-1-log.txt", "A-1-2-log.txt", "B-1-3-log.txt", "4-log.txt"]


def test_a_file_that_appears_during_a_download_is_kept(tracker, demo, issue_with_file, tmp_path):
    """If a file of this name appears while the attachment is fetched, it is not overwritten."""
    row = tracker.attachments(issue_with_file.key).iloc[0]
    target = tmp_path / "new"
    demo.behaviour.faults.append(Fault("hook", "/attachments/", hook=lambda: target.write_text("other")))
    with pytest.raises(errors.BadOption, match="exists"):
        tracker.download(row, target)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("new", "other")]


def test_the_web_address_of_an_issue(tracker):
    """`web_url` gives the address at which a person opens an issue."""
    assert tracker.web_url("DEV-1") == "https://tracker.yandex.ru/DEV-1"


def test_the_official_client_has_the_same_login(tracker):
    """`to_client` gives a `yandex_tracker_client` with the same login, ready for use."""
    client = tracker.to_client()
    assert client.issues["DEV-1"].key == "DEV-1"
    assert client.myself.login == tracker.me.login


def test_the_official_client_uses_version_2_and_keeps_its_token(make, demo):
    """The client asks version 2, and its IAM token is not renewed; another call makes a client with a new token."""
    first, organisation = demo.access.issue_iam(demo.world.me), Organisation(demo.access.cloud_org_id, "cloud")

    class Renewal(TokenProvider):
        is_renewable = True

        def renew(self, token):
            return replace(token, secret=Secret(demo.access.issue_iam(demo.world.me)))

    tracker = make(login=(Login(Token(Secret(first), "Bearer"), "a test", Renewal()), organisation))
    client = tracker.to_client()
    assert client.issues["DEV-1"].key == "DEV-1"
    assert all(request.path.startswith("/v2/") for request in demo.journal)
    demo.access.expire(first)
    assert tracker.get("myself")["login"] == tracker.me.login
    with pytest.raises(TrackerServerError, match="401"):
        client.issues.get("DEV-1")
    assert tracker.to_client().issues.get("DEV-1").key == "DEV-1"
