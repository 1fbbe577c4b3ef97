"""A service that repeats the token: it is masked by what it is, whatever form it has."""

import json
import traceback
from urllib.parse import unquote

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.transport.transport import Reply

TOKEN = "plain-and-of-no-known-form"
OTHER = "y0_" + "o" * 40  # of somebody else


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_a_token_that_the_service_repeats_is_not_shown(make, demo, status):
    """No message, detail or traceback of an error has the token that was sent, also if no pattern knows its form."""
    body = {"errors": {"token": f"'{TOKEN}'"}, "errorMessages": [f"bad header OAuth={TOKEN}!"]}
    demo.behaviour.faults.append(Fault("refuse", "_count", times=1000, status=status, body=body))
    tracker = make(token=TOKEN, timeout=1)
    with pytest.raises(errors.TrackerError) as caught:
        tracker.count("Queue: DEV")
    texts = [str(caught.value), repr(caught.value), repr(vars(caught.value))]
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    replies = [local for each in frames for local in each.values() if isinstance(local, Reply)]
    texts += [reply.body.decode() for reply in replies]
    assert not [text for text in texts if TOKEN in text]
    assert "bad header" in texts[0]


# Questions with a token in them, and what a frame keeps of it.
QUESTIONS = {
    "query": lambda token: {"query": f'Queue: DEV Summary: "{token}"'},
    "filter": lambda token: {"filter": {"queue": "DEV", "summary": token}},
    "list in a filter": lambda token: {"filter": {"queue": "DEV", "tags": ["x", token]}},
    "part of a filter": lambda token: {"filter": {"queue": "DEV", "summary": f"x {token}"}, "order": "summary"},
}


@pytest.mark.parametrize("token", ["", OTHER, "1:AbCdEfGhIj:KlMnOpQr"], ids=["its own", "another", "refresh"])
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_token_in_a_question_does_not_stay_with_the_frame(make, question, token):
    """What a frame keeps of its question, and a dry run shows, has dots for tokens: it is saved and passed on."""
    tracker = make()
    token = token or tracker.connection.login.token().secret.reveal()
    arguments = question(token)
    frame, explanation = tracker.issues(**arguments), tracker.explain(**{**arguments, "order": None})
    for shown in (json.dumps(frame.attrs), unquote(frame.attrs["tracker"]["url"]), repr(explanation)):
        assert token not in shown
    assert "DEV" in frame.attrs["tracker"]["query"]


def test_a_token_in_a_source_does_not_stay_with_the_frame(make):
    """The same holds for the query of a list of issues."""
    assert OTHER not in repr(make().comments(f'Queue: DEV Summary: "{OTHER}"').attrs)


@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("token", [TOKEN, OTHER], ids=["its own", "another"])
def test_a_token_in_a_question_is_not_in_the_error(make, demo, status, token):
    """What an error keeps of the query and of the address has dots for tokens, whatever form its own has."""
    body = {"errorMessages": [f"no such value: '{token}'"]}
    demo.behaviour.faults.append(Fault("refuse", times=2, status=status, body=body))
    tracker = make(token=TOKEN)
    for call in (lambda: tracker.count(f'Queue: DEV Summary: "{token}"'), lambda: tracker.get(f"x/{token}", q=token)):
        with pytest.raises(errors.Refused) as caught:
            call()
        assert token not in "".join([str(caught.value), *caught.value.lines(), repr(vars(caught.value))])
