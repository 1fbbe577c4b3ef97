"""Random mixtures of questions, faults and changes: an answer is the truth, or a typed error says what is missing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tracker.mixtures.draw import drawn, told
from tests.tracker.mixtures.play import NOT_YET, Verdict, play, still_world, threads_left

MIXTURES = 240
BATCH = 60
AT_A_TIME = 6  # waits of retries overlap


def played(seed: int) -> tuple[int, Verdict]:
    """The verdict over one mixture."""
    return seed, play(drawn(seed), overlooked=NOT_YET)


@pytest.mark.parametrize("first", range(0, MIXTURES, BATCH))
def test_an_answer_is_the_truth_or_a_typed_error(first):
    """Never a wrong frame, nothing left open; `python -m tests.soak --seed N` plays a mixture again."""
    still_world()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        verdicts = list(pool.map(played, range(first, first + BATCH)))
    wrong = [f"{told(seed, drawn(seed))}\n  {verdict.wrong}" for seed, verdict in verdicts if verdict.wrong]
    assert not wrong, "\n".join(wrong)
    assert threads_left() == []
    assert sum(verdict.struck for _, verdict in verdicts) > BATCH, "hardly a fault has struck"
    assert sum(verdict.error is None for _, verdict in verdicts) > BATCH // 2, "hardly a question was answered"


def test_a_mixture_is_drawn_again_from_its_seed():
    """The seed in a message says all."""
    assert told(5, drawn(5)) == told(5, drawn(5))
    assert len({told(0, drawn(seed)) for seed in range(50)}) == 50
