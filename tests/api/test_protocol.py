"""A reply becomes records or the right error."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic import errors
from tracker_magic.api import protocol
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.secret import Secret
from tracker_magic.transport.transport import Reply

ORG = Organisation("123", "360")
LOGIN = Login(Token(Secret("y0_a")), "environment: TRACKER_TOKEN")
URL = "https://api.tracker.yandex.net/v3/issues/DEV-1"


def make_reply(status, body=b"", headers=None):
    """A reply with that status and body."""
    return Reply(status, headers or {}, body, URL)


def refuse(status, *messages, headers=None, organisation=ORG, fields=None, login=LOGIN, query=None):
    """The error of a refusal in the service's envelope; `query` was sent."""
    envelope = orjson.dumps({"errors": fields or {}, "errorMessages": messages, "statusCode": status})
    body = None if query is None else {"query": query}
    return protocol.refusal(make_reply(status, envelope, headers), organisation, login, body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadQuery), (401, errors.NotLoggedIn), (403, errors.Forbidden), (404, errors.NotFound),
        (409, errors.Refused), (412, errors.Refused), (422, errors.BadQuery), (423, errors.Refused),
        (428, errors.Refused), (429, errors.RateLimited), (500, errors.ServiceBroken), (503, errors.ServiceBroken),
    ],
)  # fmt: skip
def test_every_documented_status_has_its_error(status, kind):
    """The status decides the class of the error; its message holds the service's own text."""
    error = refuse(status, "the service's text")
    assert type(error) is kind
    assert "the service's text" in str(error)


def test_a_refusal_carries_its_facts():
    """Status, messages (general and by field), address and `Retry-After` are attributes of the error."""
    error = refuse(422, "general", fields={"summary": "is required"})
    assert (error.status, error.messages, error.url) == (422, ("general", "summary: is required"), URL)
    assert refuse(429, "x", headers={"Retry-After": "7"}).retry_after == "7"
    assert refuse(503, "x", headers={"Retry-After": "7"}).retry_after == "7"


@pytest.mark.parametrize("status", [429, 503])
def test_a_date_to_wait_for_is_measured_by_the_clock_of_the_service(status):
    """`Retry-After` as a date becomes seconds since the reply's `Date`; without that it stays a date."""
    later = "Sat, 28 Nov 2026 10:00:30 GMT"
    headers = {"Retry-After": later, "Date": "Sat, 28 Nov 2026 10:00:00 GMT"}
    assert float(refuse(status, "x", headers=headers).retry_after) == 30
    for date in ({}, {"Date": ""}, {"Date": "soon"}):
        assert refuse(status, "x", headers={"Retry-After": later, **date}).retry_after == later


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"errorMessages": null}', b'"text"'])
def test_a_refusal_without_an_envelope_is_known_by_its_status(body):
    """If the body is empty, HTML or has another form, the status alone decides the error."""
    assert isinstance(protocol.refusal(make_reply(404, body), ORG, LOGIN), errors.NotFound)


def test_a_refused_token_is_named_with_its_source():
    """The error of a 401 says where the token came from; the hint is that of the login's provider, if it has one."""
    assert "environment: TRACKER_TOKEN" in refuse(401, "x").message
    assert "%tracker login" in refuse(401, "x").hint

    class ServiceAccount(TokenProvider):
        rejection_hint = "Write to support."

    login = Login(Token(Secret("t1.a.b"), "Bearer"), "metadata of this machine", ServiceAccount())
    assert refuse(401, "x", login=login).hint == "Write to support."


def test_a_wrong_organisation_is_told_from_a_missing_right():
    """A 403 about the organisation is WrongOrganisation and names the header; any other 403 is a missing right."""
    wrong = refuse(403, "Organization is not available, not ready or not found")
    assert type(wrong) is errors.WrongOrganisation
    assert "X-Org-ID: 123" in str(wrong)
    assert type(refuse(403, "x", organisation=None)) is errors.WrongOrganisation
    missing_right = refuse(403, "You may not see this")
    assert "X-Org-ID" not in str(missing_right)
    assert "tracker:read" in str(missing_right)


@pytest.mark.parametrize(
    ("body", "problem"), [(b"", "is empty"), (b"  <!DOCTYPE html>", "HTML"), (b'[{"id": 1}, {"i', "is cut off")]
)
def test_a_body_that_is_not_json_is_described(body, problem):
    """Empty, HTML and cut bodies have different messages; an empty 204 is None."""
    with pytest.raises(errors.UnexpectedReply, match=problem):
        protocol.decode(make_reply(200, body))
    assert protocol.decode(make_reply(204)) is None


@pytest.mark.parametrize(
    ("message", "position"),
    [
        ('unknown parameter "Statsu" (position 7)', 6),
        ("неизвестный параметр (позиция 7)", 6),
        ('unknown parameter "Statsu"', 6),
        ("неизвестный параметр «Statsu»", 6),
        ("something is wrong", None),
        ('"a" is there twice', None),
        ("position 999", 21),
    ],
)
def test_the_caret_is_where_the_service_points(message, position):
    """The position in the query is the number in the service's message, else where it quotes a unique part."""
    error = refuse(400, message, query="A: 1, Statsu: a a a a")
    assert error.position == position
    assert ("^" in "".join(error.lines())) == (position is not None)


def test_a_token_in_a_query_is_masked():
    """A token that was pasted into a query is not shown, and no caret counts its characters."""
    token = "y0_" + "a" * 58
    error = refuse(400, 'unknown "Statsu" (position 3)', query=f"Statsu: {token}")
    assert (error.query, error.position) == ("Statsu: •••", None)
    assert token not in "".join(error.lines())


def test_only_the_parameters_of_a_link_count():
    """A `Link` header gives the parameters of each address, with or without a scheme, also if they hold commas."""
    header = '<api.tracker.yandex.net/v3/x?id=5&fields=a,b>; rel="next", <https://h/v3/x?perPage=10{&page}>; rel="seek"'
    links = protocol.links({"Link": header})
    assert links["next"] == {"id": "5", "fields": "a,b"}
    assert "seek" in links
    assert protocol.links({}) == {}


@pytest.mark.parametrize(
    "header",
    [
        '<https://h/v3/x?id=5>; title="a, b"; rel="next"',
        "<https://h/v3/x?id=5>;rel=next",
        "<?id=5>; Rel = NEXT; title=x",
        '<https://h/v3/x?page=1>; title="b"; rel="first", </v3/x?id=5>; type="a"; rel="last next"',
    ],
)
def test_a_link_may_have_other_parameters_than_rel(header):
    """The next page is found with parameters in any order, several rels, or no host (RFC 8288, section 3)."""
    assert protocol.links({"Link": header})["next"] == {"id": "5"}


def test_a_header_that_is_not_a_number_counts_as_missing():
    """`number` gives an int, or None if the header has another text or is missing."""
    assert protocol.number({"X-Total-Count": "11"}, "X-Total-Count") == 11
    assert protocol.number({"X-Total-Count": "many"}, "X-Total-Count") is None
    assert protocol.number({}, "X-Total-Count") is None


LONG = "x" * 30_000
SELF = "https://tracker.example/v3/issues/"
texts = st.sampled_from(["", "},{", "]", "[", "\\", '"', f'}},{{"self":"{SELF}A-1"}}', LONG])
records_with_self = st.fixed_dictionaries(
    {"self": st.sampled_from([f"{SELF}A-1", f"{SELF}B-2", "https://tracker.example/v3/users/1"])},
    optional={
        "summary": texts,
        "links": st.lists(st.fixed_dictionaries({"self": st.just(f"{SELF}C-3"), "text": texts}), max_size=3),
    },
)


@given(st.lists(records_with_self, max_size=12))
def test_all_parts_of_a_page_together_are_the_page(records):
    """Whatever looks like the end of a record in a text or a nested list, the parts hold the same records in order."""
    reply = make_reply(200, orjson.dumps(records))
    assert [record for part in protocol.decode_parts(reply) for record in part] == protocol.decode(reply) == records


@pytest.mark.parametrize("end", [b"", b"]", b"},", b'{"self":'])
def test_a_page_that_is_cut_fails_after_its_whole_parts(end):
    """A large body that is cut gives the parts that arrived whole, then UnexpectedReply."""
    body = orjson.dumps([{"self": f"{SELF}A-{number}", "summary": LONG} for number in range(9)])
    with pytest.raises(errors.UnexpectedReply, match="cut off or not JSON"):
        list(protocol.decode_parts(make_reply(200, body[:-2] + end)))
    assert len(list(protocol.decode_parts(make_reply(200, body)))) > 2


@pytest.mark.parametrize("body", [b"[]", b"{}", b"17", b'["a"]', b'{"self":"a/b"}'])
def test_anything_but_a_list_of_records_is_one_part(body):
    """JSON of another shape comes as a single part, for the reader to check."""
    assert list(protocol.decode_parts(make_reply(200, body))) == [orjson.loads(body)]


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ("records", [{"id": 1}], [[], 1]),
        ("records", [], {"id": 1}),
        ("history", [{"id": 1, "fields": [{"field": {}}]}], [{"fields": ["status"]}]),
        ("history", [{"id": 1, "fields": None}], [{"fields": {"field": 1}}]),
        ("users", {"users": [{"uid": 1}]}, {"users": [{"login": "x"}]}),
        ("users", {"users": []}, [{"uid": 1}]),
        ("entities", {"values": [], "hits": 0}, {"values": [], "hits": "1"}),
        ("entities", {"values": []}, {"values": [], "pages": -1}),
        ("entities", {"values": [{}], "hits": 1, "pages": 1}, {"values": [], "hits": 1, "pages": 1.5}),
        ("count", 0, -1),
        ("count", 7, True),
        ("issue", {"id": "1", "key": "DEV-1"}, {"id": 1, "key": "DEV-1"}),
    ],
)
def test_a_reply_of_another_shape_is_unexpected(shape, good, bad):
    """`read` gives data of the requested shape, and raises UnexpectedReply for any other."""
    assert protocol.read(make_reply(200, orjson.dumps(good)), shape) == good
    with pytest.raises(errors.UnexpectedReply, match="answered with something other than"):
        protocol.read(make_reply(200, orjson.dumps(bad)), shape)


def test_bytes_are_not_decoded():
    """A file comes as it is, and a reply that may have any shape is only decoded."""
    assert protocol.read(make_reply(200, b"<html>"), "bytes") == b"<html>"
    assert protocol.read(make_reply(200, b"[1]"), "json") == [1]


ISSUE = {"id": "1", "key": "DEV-1", "createdAt": "2026-11-01T12:00:00.000+0000"}


UNDATED = ("id", "key")


def read_issues(*records, fields=None, needed=protocol.ALWAYS_THERE):
    """The issues of a page with these records, as a search with `fields` reads it."""
    parts = protocol.read_issues(make_reply(200, orjson.dumps(records)), fields, *needed)
    return [record for part in parts for record in part]


@pytest.mark.parametrize("record", [{"key": "DEV-1"}, {"id": 1, "key": "DEV-1"}, {"id": "1"}, 17, None])
def test_a_record_without_id_or_key_is_no_issue(record):
    """Every issue has a text as its id and key; a page with another record is an error, as one with a scalar is."""
    with pytest.raises(errors.UnexpectedReply):
        read_issues(ISSUE, record, needed=UNDATED)


def test_an_issue_without_its_time_of_creation_has_a_reason_of_its_own():
    """The client recognises the error by its reason, as there are services that never give that time."""
    undated = {"id": "1", "key": "DEV-1"}
    with pytest.raises(errors.UnexpectedReply) as caught:
        read_issues(undated)
    assert caught.value.reason == protocol.NO_CREATION_TIME
    assert read_issues(undated, needed=UNDATED) == [undated]
    assert read_issues(ISSUE) == [ISSUE]


def test_only_requested_fields_are_required():
    """If the search names its fields, `key` and `createdAt` are required only if they are among them."""
    assert read_issues({"id": "1"}, fields="id,summary") == [{"id": "1"}]
    with pytest.raises(errors.UnexpectedReply, match="without `key`"):
        read_issues({"id": "1"}, fields="key")
    with pytest.raises(errors.UnexpectedReply, match="without `createdAt`"):
        read_issues({"id": "1"}, fields="createdAt")


def test_a_page_of_issues_that_is_cut_is_an_error_at_once():
    """The end of a page is looked at before its first part is given: a cut page is requested again as a whole."""
    body = orjson.dumps([{**ISSUE, "self": f"{SELF}A-{number}", "summary": LONG} for number in range(9)])
    with pytest.raises(errors.UnexpectedReply, match="cut off"):
        protocol.read_issues(make_reply(200, body[:-2]), None)
