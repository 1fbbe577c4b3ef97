"""A reply becomes records or the right error."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker_magic import errors
from tracker_magic.api import protocol
from tracker_magic.auth import Login, Organisation, Token, TokenProvider
from tracker_magic.secret import Secret
from tracker_magic.transport.transport import Reply

ORG = Organisation("123", "360")
LOGIN = Login(Token(Secret("y0_a")), "environment: TRACKER_TOKEN")
URL = "https://api.tracker.yandex.net/v3/issues/DEV-1"


def reply(status, body=b"", headers=None):
    """A reply with that status and body."""
    return Reply(status, headers or {}, body, URL)


def refused(status, *messages, headers=None, organisation=ORG, fields=None, login=None):
    """The error of a refusal in the service's envelope."""
    body = orjson.dumps({"errors": fields or {}, "errorMessages": messages, "statusCode": status})
    return protocol.refusal(reply(status, body, headers), organisation, login or LOGIN)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadQuery), (401, errors.NotLoggedIn), (403, errors.Forbidden), (404, errors.NotFound),
        (409, errors.Refused), (412, errors.Refused), (422, errors.BadQuery), (423, errors.Refused),
        (428, errors.Refused), (429, errors.RateLimited), (500, errors.ServiceBroken), (503, errors.ServiceBroken),
    ],
)  # fmt: skip
def test_every_documented_status_has_its_error(status, kind):
    """The class tells what happened, the message carries the service's own words."""
    error = refused(status, "the service's words")
    assert type(error) is kind
    assert "the service's words" in str(error)


def test_the_facts_of_a_refusal_stay_on_the_error():
    """Status, messages (general and by field) and address, for programs."""
    error = refused(422, "general", fields={"summary": "is required"})
    assert (error.status, error.messages, error.url) == (422, ("general", "summary: is required"), URL)
    assert refused(429, "x", headers={"Retry-After": "7"}).retry_after == "7"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"errorMessages": null}', b'"text"'])
def test_a_refusal_without_the_envelope_is_still_that_refusal(body):
    """An empty body, HTML or another form: the status decides."""
    assert isinstance(protocol.refusal(reply(404, body), ORG, LOGIN), errors.NotFound)


def test_a_refused_login_says_where_it_came_from_and_what_to_do():
    """Some logins know better than "log in again"."""
    assert "environment: TRACKER_TOKEN" in refused(401, "x").message
    assert "%tracker login" in refused(401, "x").hint

    class ServiceAccount(TokenProvider):
        rejection_hint = "Write to support."

    special = Login(Token(Secret("t1.a.b"), "Bearer"), "metadata of this machine", ServiceAccount())
    assert refused(401, "x", login=special).hint == "Write to support."


def test_a_wrong_organisation_is_told_from_a_missing_right():
    """The service's own words decide; both say what to check."""
    wrong = refused(403, "Organization is not available, not ready or not found")
    assert "X-Org-ID: 123" in str(wrong)
    right = refused(403, "You may not see this")
    assert "X-Org-ID" not in str(right)
    assert "tracker:read" in str(right)


@pytest.mark.parametrize(
    ("body", "said"), [(b"", "empty"), (b"  <!DOCTYPE html>", "HTML"), (b'[{"id": 1}, {"i', "cut")]
)
def test_what_is_no_json_says_what_it_is(body, said):
    """Empty, HTML and cut bodies are told apart."""
    with pytest.raises(errors.UnexpectedReply, match=said):
        protocol.decode(reply(200, body))
    assert protocol.decode(reply(204)) is None


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ('unknown parameter "Statsu" (position 7)', 6),
        ("неизвестный параметр (позиция 7)", 6),
        ('unknown parameter "Statsu"', 6),
        ("неизвестный параметр «Statsu»", 6),
        ("something is wrong", None),
        ('"a" stands twice', None),
        ("position 999", 21),
    ],
)
def test_the_caret_stands_where_the_service_points(message, place):
    """By the position it names, else by the words it quotes, else nowhere."""
    query = "A: 1, Statsu: a a a a"
    error = protocol.pointed(refused(400, message), query)
    assert error.position == place
    shown = error.lines()
    assert ("^" in "".join(shown)) == (place is not None)


def test_a_token_in_a_query_is_not_repeated():
    """Somebody pasted it there: the line is masked, and no caret counts its signs."""
    token = "y0_" + "a" * 58
    error = protocol.pointed(refused(400, 'unknown "Statsu" (position 3)'), f"Statsu: {token}")
    assert (error.query, error.position) == ("Statsu: •••", None)
    assert token not in "".join(error.lines())


def test_of_a_link_only_the_query_counts():
    """With or without a scheme, with commas inside, several in one header."""
    header = '<api.tracker.yandex.net/v3/x?id=5&fields=a,b>; rel="next", <https://h/v3/x?perPage=10{&page}>; rel="seek"'
    found = protocol.links({"Link": header})
    assert found["next"] == {"id": "5", "fields": "a,b"}
    assert "seek" in found
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
def test_a_link_may_say_more_than_its_rel(header):
    """Parameters in any order, several rels, an address without host (RFC 8288, 3): the next page is found."""
    assert protocol.links({"Link": header})["next"] == {"id": "5"}


def test_a_header_that_should_be_a_number():
    """What is none is nothing."""
    assert protocol.number({"X-Total-Count": "11"}, "X-Total-Count") == 11
    assert protocol.number({"X-Total-Count": "many"}, "X-Total-Count") is None


LONG = "x" * 30_000
SELF = "https://tracker.example/v3/issues/"
INSIDE = st.sampled_from(["", "},{", "]", "[", "\\", '"', f'}},{{"self":"{SELF}A-1"}}', LONG])
RECORD = st.fixed_dictionaries(
    {"self": st.sampled_from([f"{SELF}A-1", f"{SELF}B-2", "https://tracker.example/v3/users/1"])},
    optional={
        "summary": INSIDE,
        "links": st.lists(st.fixed_dictionaries({"self": st.just(f"{SELF}C-3"), "text": INSIDE}), max_size=3),
    },
)


@settings(deadline=None)
@given(st.lists(RECORD, max_size=12))
def test_parts_are_together_what_decode_gives(records):
    """Wherever a border seems to be, in a text or in a list inside of a record: the same records in the same order."""
    page = reply(200, orjson.dumps(records))
    assert [record for part in protocol.parts(page) for record in part] == protocol.decode(page) == records


@pytest.mark.parametrize("spoiled", [b"", b"]", b"},", b'{"self":'])
def test_parts_of_a_body_that_is_cut_end_in_its_error(spoiled):
    """The parts that are whole come one by one; the page is no JSON all the same."""
    body = orjson.dumps([{"self": f"{SELF}A-{number}", "summary": LONG} for number in range(9)])
    given = protocol.parts(reply(200, body[:-2] + spoiled))
    with pytest.raises(errors.UnexpectedReply, match="cut or no JSON"):
        list(given)
    assert len(list(protocol.parts(reply(200, body)))) > 2


@pytest.mark.parametrize("body", [b"[]", b"{}", b"17", b'["a"]', b'{"self":"a/b"}'])
def test_what_is_no_list_of_records_is_one_part(body):
    """Whoever reads it finds what is wrong with it."""
    assert list(protocol.parts(reply(200, body))) == [orjson.loads(body)]
