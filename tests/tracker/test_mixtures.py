"""Random mixtures of questions, faults and changes: an answer is the truth, or a typed error says what is missing."""

import itertools
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tracker.mixtures.draw import drawn, told
from tests.tracker.mixtures.play import Verdict, play, still_world, threads_left
from tests.tracker.mixtures.questions import Question

MIXTURES = 240
BATCH = 60
AT_A_TIME = 12  # waits of retries overlap
RACES, RACES_AT_A_TIME = 8, 2
OFTEN_S = 1e-6  # threads take turns this often: two that share something without a lock trip over each other


def played(seed: int) -> tuple[int, Verdict]:
    """The verdict over one mixture."""
    return seed, play(drawn(seed))


def map_in_order(seeds: Iterable[int], at_a_time: int = AT_A_TIME) -> dict[int, Verdict]:
    """All verdicts; each mixture has a service of its own."""
    still_world()
    with ThreadPoolExecutor(at_a_time) as pool:
        return dict(pool.map(played, seeds))


def wrong_of(verdicts: dict[int, Verdict]) -> str:
    """What is wrong, with what is needed to play it again."""
    wrong = [f"{told(seed, drawn(seed))}\n  {each.wrong}" for seed, each in verdicts.items() if each.wrong]
    return "\n".join(wrong)


@pytest.fixture(scope="module")
def verdicts() -> dict[int, Verdict]:
    """All mixtures, played once."""
    return map_in_order(range(MIXTURES))


@pytest.mark.parametrize("first", range(0, MIXTURES, BATCH))
def test_an_answer_is_the_truth_or_a_typed_error(verdicts, first):
    """Never a wrong frame, nothing left open; `python -m tests.soak --seed N` plays a mixture again."""
    batch = {seed: verdicts[seed] for seed in range(first, first + BATCH)}
    assert not wrong_of(batch), wrong_of(batch)
    assert threads_left() == []
    assert sum(verdict.struck for verdict in batch.values()) > BATCH, "hardly a fault has struck"
    assert sum(verdict.error is None for verdict in batch.values()) > BATCH // 2, "hardly a question was answered"


def test_threads_that_take_turns_often_lose_nothing():
    """Ranges are read by several threads at a time; whatever they share is theirs one at a time."""
    ranged = (seed for seed in itertools.count() if is_read_in_ranges(drawn(seed).question))
    before = sys.getswitchinterval()
    sys.setswitchinterval(OFTEN_S)
    try:
        raced = map_in_order(itertools.islice(ranged, RACES), RACES_AT_A_TIME)
    finally:
        sys.setswitchinterval(before)
    assert not wrong_of(raced), wrong_of(raced)
    assert threads_left() == []


def is_read_in_ranges(question: Question) -> bool:
    """Whether several scrolls are worth it: all issues are asked for, in no order."""
    return (question.method, question.limit, question.ascending) == ("issues", None, None) and (
        question.criterion.by != "keys"
    )


def test_a_mixture_is_drawn_again_from_its_seed():
    """The seed in a message says all."""
    assert told(5, drawn(5)) == told(5, drawn(5))
    assert len({told(0, drawn(seed)) for seed in range(50)}) == 50
