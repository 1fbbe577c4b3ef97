"""Names of people, queues and boards in arguments: by key, id, login or displayed name, or an error."""

from collections.abc import Iterator
from functools import partial

import pytest

from tracker_magic import errors
from tracker_magic.demo.behaviour import Fault
from tracker_magic.demo.model import User


@pytest.fixture
def namesakes(demo) -> Iterator[None]:
    """Two more users, with one surname."""
    with demo.lock:
        demo.world.users["77"] = User("77", "i.fomin", "Игорь", "Фомин")
        demo.world.users["78"] = User("78", "p.fomin", "Пётр", "Фомин")
    yield
    with demo.lock:
        del demo.world.users["77"], demo.world.users["78"]


def refusal(call) -> errors.BadOption:
    """The error of a call."""
    with pytest.raises(errors.BadOption) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("is_everybodys", [True, False])
@pytest.mark.parametrize("person", ["Анна Котова", "котова", "Котова Анна", "KOTOVA", "kotova@"])
def test_a_person_is_named_in_many_ways(tracker, is_everybodys, person):
    """`created_by` takes a login, a uid, a displayed name or a word of it, in any case; `attrs` name the login."""
    me = tracker.me
    expected = tracker.worklog(created_by=me.login)
    source = None if is_everybodys else expected["key"].unique()[:3]
    expected = expected if is_everybodys else expected[expected["key"].isin(source)]
    assert len(expected) == len(tracker.worklog(source, created_by=me.id)) > 0
    frame = tracker.worklog(source, created_by=person)
    assert sorted(frame["id"]) == sorted(expected["id"])
    assert set(frame["createdBy.id"]) == {me.id}
    assert frame.attrs["tracker"]["created_by"] == me.login


@pytest.mark.parametrize("source", [None, "DEV-1"])
@pytest.mark.parametrize(
    ("person", "candidate"),
    [("kotov", "kotova (Анна Котова)"), ("Котов", "kotova (Анна Котова)"), ("k", "%tracker users")],
)
def test_the_beginning_of_a_name_is_nobody(tracker, source, person, candidate):
    """A login or a word of a name must be whole: its beginning may be that of another person, who is only suggested."""
    error = refusal(lambda: tracker.worklog(source, created_by=person))
    assert error.reason == "unknown_name"
    assert candidate in error.hint


@pytest.mark.parametrize("source", [None, "DEV-1"])
@pytest.mark.parametrize(
    ("person", "reason", "candidates"),
    [
        ("Фомин", "ambiguous_name", ["i.fomin (Игорь Фомин)", "p.fomin (Пётр Фомин)"]),
        ("Котва", "unknown_name", ["kotova (Анна Котова)"]),
        ("kotva", "unknown_name", ["kotova (Анна Котова)"]),
        ("Зззз", "unknown_name", ["%tracker users"]),
    ],
)
@pytest.mark.usefixtures("namesakes")
def test_none_or_several_people_are_an_error_with_the_candidates(tracker, source, person, reason, candidates):
    """A name that no user or several have is an error with login and name of the candidates, not an empty frame."""
    error = refusal(lambda: tracker.worklog(source, created_by=person))
    assert error.reason == reason
    assert all(each in str(error) for each in candidates)


@pytest.mark.usefixtures("namesakes")
def test_a_part_of_a_name_is_enough_if_one_person_has_it(tracker):
    """First name and surname in any order, or one of them, tell namesakes from each other."""
    for person in ("Игорь Фомин", "фомин игорь", "игорь", "петр фомин", "i.fomin"):
        assert tracker.worklog(created_by=person, since="2026-01-01").empty  # they have recorded nothing


def test_a_login_costs_no_list_of_users(tracker, demo):
    """What may be a login is sent as it is; the users are requested only if it has no records."""
    tracker.me
    demo.journal.clear()
    tracker.worklog(created_by="kotova", since="2026-10-01")
    assert {request.path for request in demo.journal} == {"/v3/worklog/_search"}


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_service_that_refuses_an_unknown_login_gives_the_same_answers(tracker, demo, status):
    """Whether the service refuses a login that nobody has, or finds nothing, the name is looked up."""
    expected = tracker.worklog(created_by="kotova")

    def refuse(times: int) -> None:
        demo.service.behaviour.faults[:] = [Fault("status", path="worklog/_search", status=status, times=times)]

    refuse(2)  # the second one is that for an empty range
    assert list(tracker.worklog(created_by="KOTOVA")["id"]) == list(expected["id"])
    refuse(2)
    assert "kotova (Анна Котова)" in refusal(lambda: tracker.worklog(created_by="kotva")).hint
    refuse(4)
    with pytest.raises((errors.BadQuery, errors.NotFound)):
        tracker.worklog(created_by="kotova")


@pytest.mark.parametrize("queue", ["DEV", "dev", " dev ", "Разработка магазина", "разработка магазина"])
def test_a_queue_is_given_by_key_or_name(tracker, queue):
    """`versions` and `fields` take the key or the name of a queue, in any case."""
    assert set(tracker.versions(queue)["queue"]) == {"DEV"}
    assert "DEV" in set(tracker.fields(queue)["queue"].dropna())


@pytest.mark.parametrize("queue", ["DEVV", "devv", "Разработка"])
@pytest.mark.parametrize("method", ["versions", "fields"])
def test_an_unknown_queue_is_an_error_with_the_nearest(tracker, method, queue):
    """A queue that does not exist is an error that names the nearest one."""
    with pytest.raises((errors.BadOption, errors.NotFound), match=r"DEV \(Разработка магазина\)"):
        getattr(tracker, method)(queue)


@pytest.mark.parametrize("method", ["columns", "sprints"])
def test_a_board_is_found_in_any_case(tracker, method):
    """Columns and sprints take the name of a board in any case; an unknown name or id is answered with the boards."""
    assert list(getattr(tracker, method)("магазин")["id"]) == list(getattr(tracker, method)(1)["id"])
    for board in ("Магазинн", "77"):
        error = refusal(partial(getattr(tracker, method), board))
        assert error.reason == "unknown_name"
        assert "1 (Магазин)" in error.hint
