"""A service that repeats the token: it is masked by what it is, whatever form it has."""

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault

TOKEN = "plain-and-of-no-known-form"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_a_token_that_the_service_repeats_is_not_shown(make, demo, status):
    """No message, detail or traceback of an error has the token that was sent, also if no pattern knows its form."""
    body = {"errors": {"token": f"'{TOKEN}'"}, "errorMessages": [f"bad header OAuth={TOKEN}!"]}
    demo.behaviour.faults.append(Fault("refuse", "_count", times=1000, status=status, body=body))
    tracker = make(token=TOKEN, timeout=1)
    with pytest.raises(errors.TrackerError) as caught:
        tracker.count("Queue: DEV")
    texts = [str(caught.value), repr(caught.value), repr(vars(caught.value))]
    assert not [text for text in texts if TOKEN in text]
    assert "bad header" in texts[0]


def test_a_token_in_a_query_does_not_stay_with_the_frame(make):
    """What a frame keeps of its query has dots for the token: a frame is saved and passed on."""
    tracker = make()
    token = tracker.connection.login.token().secret.reveal()
    frame = tracker.issues(f'Queue: DEV Summary: "{token}"')
    assert token not in repr(frame.attrs)
    assert "Queue: DEV" in frame.attrs["tracker"]["query"]
