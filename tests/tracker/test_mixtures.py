"""Random mixtures of questions, faults and changes: an answer is the truth, or a typed error says what is missing.

`python -m tests.mixtures` plays a thousand.
"""

import itertools
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tracker.mixtures.draw import describe, draw_mixture
from tests.tracker.mixtures.play import Mixture, Verdict, play, shared_world, threads_left
from tests.tracker.mixtures.questions import Question

# Keys that do not exist, or issues that are deleted meanwhile; whether the warnings are right is checked.
pytestmark = pytest.mark.filterwarnings("ignore::tracker_magic.errors.MissingIssues")

MIXTURES = 180
BATCH = 60
MAX_FAULTS = 9  # more, and the waits before retries, which double, may add up to half a minute
AT_A_TIME = 12  # the waits before retries overlap
RACES, RACES_AT_A_TIME = 8, 2
SWITCH_S = 1e-6  # threads switch so often that two which share something without a lock collide


def play_all(seeds: Iterable[int], at_a_time: int = AT_A_TIME) -> dict[int, Verdict]:
    """The verdicts of these seeds; each mixture has a service of its own."""
    shared_world()
    seeds = list(seeds)
    with ThreadPoolExecutor(at_a_time) as pool:
        verdicts = pool.map(lambda seed: play(draw_mixture(seed)), seeds)
        return dict(zip(seeds, verdicts, strict=True))


def complaints(verdicts: dict[int, Verdict]) -> str:
    """What is wrong, with what is needed to play it again."""
    return "\n".join(
        f"{describe(seed, draw_mixture(seed))}\n  {verdict.wrong}"
        for seed, verdict in verdicts.items()
        if verdict.wrong
    )


@pytest.fixture(scope="module")
def verdicts() -> dict[int, Verdict]:
    """The verdicts of all mixtures, each played once."""
    brief = (seed for seed in itertools.count() if faults_in(draw_mixture(seed)) <= MAX_FAULTS)
    return play_all(itertools.islice(brief, MIXTURES))


@pytest.mark.parametrize("first", range(0, MIXTURES, BATCH))
def test_an_answer_is_the_truth_or_a_typed_error(verdicts, first):
    """No answer is wrong and nothing stays open; `python -m tests.mixtures` plays the mixtures of more faults, too."""
    batch = dict(itertools.islice(verdicts.items(), first, first + BATCH))
    assert not complaints(batch), complaints(batch)
    assert threads_left() == []
    assert sum(verdict.struck for verdict in batch.values()) > BATCH, "hardly a fault has struck"
    assert sum(verdict.error is None for verdict in batch.values()) > BATCH // 2, "hardly a question was answered"


def test_frequent_thread_switches_lose_nothing():
    """If threads switch after every few instructions, searches that several threads read lose nothing."""
    parallel = (seed for seed in itertools.count() if is_read_in_parallel(draw_mixture(seed).question))
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        verdicts = play_all(itertools.islice(parallel, RACES), RACES_AT_A_TIME)
    finally:
        sys.setswitchinterval(before)
    assert not complaints(verdicts), complaints(verdicts)
    assert threads_left() == []


def faults_in(mixture: Mixture) -> int:
    """How many requests the faults of a mixture strike at most."""
    return sum(fault.times for fault in mixture.faults)


def is_read_in_parallel(question: Question) -> bool:
    """Whether several scrolls may read the answer: it is all issues, in no order."""
    return (question.method, question.limit, question.ascending) == ("issues", None, None) and (
        question.criterion.by != "keys"
    )


def test_a_seed_draws_the_same_mixture_again():
    """A seed always draws the same mixture, and other seeds draw other ones."""
    assert describe(5, draw_mixture(5)) == describe(5, draw_mixture(5))
    assert len({describe(0, draw_mixture(seed)) for seed in range(50)}) == 50
