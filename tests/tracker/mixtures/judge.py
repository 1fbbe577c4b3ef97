"""Compare an answer with the truth; every function gives what is wrong with it, and nothing if it is right."""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import pandas as pd

from tests.tracker.mixtures.documented import wrong_columns
from tests.tracker.mixtures.judge_lists import ids_of, is_same, wrong_list_of_organisation, wrong_lists
from tests.tracker.mixtures.questions import Question
from tests.tracker.mixtures.truth import ListWitness, Witness
from tracker_magic.errors import Incomplete
from tracker_magic.tracker.sinks import natural_text


def judge(
    question: Question, answer: Any, witness: Witness | ListWitness, off_by: int = 0, window: int = 10_000
) -> list[str]:
    """What is wrong with a complete answer.

    `off_by`: by how much the service's own numbers may be wrong; `window`: where the total of a page by number ends.
    """
    if isinstance(answer, int):
        sizes = witness.sizes if isinstance(witness, Witness) else []
        is_right = any(abs(answer - size) <= off_by for size in sizes)
        return [] if is_right else [f"{answer} counted, never one of {sizes}"]
    table = question.method.removeprefix("all_")
    wrong = list(wrong_columns(answer, table, question.fields if table == "issues" else None))
    if isinstance(witness, ListWitness):
        return [*wrong, *wrong_list_of_organisation(answer, witness, is_whole=True)]
    if question.method != "issues":
        return [*wrong, *wrong_lists(question, answer, witness, range(len(answer)), is_whole=True)]
    return [
        *wrong,
        *_wrong_rows(answer, witness),
        *_missing_rows(question, answer, witness),
        *_wrong_facts(question, answer, witness),
        *_wrong_total(question, answer, witness, off_by, window),
    ]


def judge_partial(question: Question, error: Incomplete, witness: Witness | ListWitness) -> list[str]:
    """What is wrong with an Incomplete: its rows, its numbers, its hint."""
    partial, wrong = error.partial, []
    if not isinstance(partial, pd.DataFrame):
        return [f"partial is {type(partial).__name__}"]
    if not error.hint:
        wrong.append("no hint how to go on")
    wrong += judge_part(question, partial, witness)
    if isinstance(witness, ListWitness):
        return wrong
    if question.method == "issues":
        if error.fetched != len(partial):
            wrong.append(f"fetched {error.fetched}, partial has {len(partial)} rows")
        facts = partial.attrs["tracker"]
        if (facts["rows"], facts["truncated"]) != (len(partial), True):
            wrong.append(f"attrs of {len(partial)} rows: rows {facts['rows']}, truncated {facts['truncated']}")
    elif partial["key"].nunique() > error.fetched:
        wrong.append(f"fetched {error.fetched} issues, partial has rows of {partial['key'].nunique()}")
    return [*wrong, *_wrong_numbers(question, error)]


def judge_part(question: Question, partial: Any, witness: Witness | ListWitness) -> list[str]:
    """What is wrong with the rows that came before a call ended early; None: there are none."""
    if not isinstance(partial, pd.DataFrame):
        return []
    if isinstance(witness, ListWitness):
        return list(wrong_list_of_organisation(partial, witness, is_whole=False))
    if question.method == "issues":
        return [*_wrong_rows(partial, witness), *_wrong_reading(question, partial, witness)]
    return list(wrong_lists(question, partial, witness, range(len(partial)), is_whole=False))


def _wrong_reading(question: Question, partial: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Rows that are not of one moment, with an order or a limit; rows in a wrong order; too many rows."""
    if question.criterion.by == "keys":
        if question.ascending is None:
            yield from _wrong_order(question, partial, witness)
        return
    yield from _wrong_order(question, partial, witness)
    if question.ascending is None and question.limit is None:
        return
    ids = {each for each in ids_of(partial, witness) if each}
    if not any(ids <= matching for matching in witness.moments):
        yield f"{len(ids)} rows of several moments"
    if question.limit is not None and len(partial) > question.limit:
        yield f"{len(partial)} rows, the limit was {question.limit}"


def _wrong_numbers(question: Question, error: Incomplete) -> Iterator[str]:
    """Numbers that make no sense: more rows than there are, or all of them as if some were missing."""
    for numbers in re.finditer(r"([\d,]+) of ([\d,]+) issues", error.message):
        rows, total = (int(each.replace(",", "")) for each in numbers.groups())
        if rows > total or (rows == total and question.criterion.by != "keys"):
            yield f"the message says {numbers[0]}"
    if error.total is not None and error.fetched > error.total and "more than" not in error.message:
        yield f"fetched {error.fetched} of {error.total}"


def _wrong_rows(frame: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Rows that never matched, were returned twice, or have values that never were."""
    seen: set[str | None] = set()
    names = next(iter(witness.rows.values()), [{}])[0]
    columns = [name for name in names if name in frame.columns]
    for issue_id, row in zip(ids_of(frame, witness), frame[columns].to_dict("records"), strict=True):
        if issue_id is None or issue_id not in witness.ever:
            yield f"{row['key']} does not match"
        elif not any(all(is_same(row[name], state[name]) for name in columns) for state in witness.rows[issue_id]):
            yield f"{row['key']} never was {row}"
        if issue_id in seen:
            yield f"{row['key']} was returned twice"
        seen.add(issue_id)


def _missing_rows(question: Question, frame: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Rows that matched all the time (up to the limit) and did not come; and too many rows."""
    ids = {each for each in ids_of(frame, witness) if each}
    missing = witness.always - ids
    if question.limit is not None:
        if len(frame) > question.limit:
            yield f"{len(frame)} rows, the limit was {question.limit}"
        if question.criterion.by == "keys" and question.ascending is None:
            missing &= {witness.issue_id(key) for key in question.criterion.value[: question.limit]}
        elif len(frame) >= question.limit:
            missing = _before_the_last(question, ids, missing, witness)
    if missing:
        yield f"{len(missing)} rows are missing, {len(frame)} were returned"


def _before_the_last(question: Question, ids: set[str], missing: set[str], witness: Witness) -> set[str]:
    """The missing rows that certainly belong before one that was returned, in the order that was asked for."""
    if question.ascending is None:
        return set()
    ranges = [witness.times(each, question.ordered_by) for each in ids if each in witness.rows]
    if not ranges:
        return missing
    if question.ascending:
        last = max(earliest for earliest, _ in ranges)
        return {each for each in missing if witness.times(each, question.ordered_by)[1] < last}
    first = min(latest for _, latest in ranges)
    return {each for each in missing if witness.times(each, question.ordered_by)[0] > first}


def _wrong_order(question: Question, frame: pd.DataFrame, witness: Witness) -> Iterator[str]:
    if question.ascending is not None:
        ids = [each for each in ids_of(frame, witness) if each in witness.rows]
        if not _may_be_ascending(witness, ids if question.ascending else ids[::-1], question.ordered_by):
            yield f"not in the order of {question.ordered_by}"
    elif question.criterion.by == "keys":
        positions = [question.criterion.value.index(key) for key in frame["key"] if key in question.criterion.value]
        if positions != sorted(positions):
            yield "not in the order of the keys"
    elif question.limit is None and not frame["key"].map(natural_text, na_action="ignore").is_monotonic_increasing:
        yield "not by queue and number"


def _may_be_ascending(witness: Witness, ids: list[str], name: str) -> bool:
    """Whether issues were in this order, as far as times that changed meanwhile allow to say so."""
    times = [witness.times(issue_id, name) for issue_id in ids]
    least = accumulate((earliest for earliest, _ in times), max)
    return all(latest >= each for (_, latest), each in zip(times, least, strict=True))


def _wrong_facts(question: Question, frame: pd.DataFrame, witness: Witness) -> Iterator[str]:
    yield from _wrong_order(question, frame, witness)
    facts = frame.attrs["tracker"]
    is_truncated = question.limit is not None and facts["total"] > len(frame)
    if facts["rows"] != len(frame) or facts["truncated"] != is_truncated:
        yield f"{len(frame)} rows; attrs: {facts['rows']} of {facts['total']}, truncated {facts['truncated']}"
    if question.criterion.by == "keys":
        missing = set(facts["missing"])
        returned = set(ids_of(frame, witness)) | witness.always
        if wrong := [key for key in missing if witness.issue_id(key) in returned]:
            yield f"{wrong} are not missing"
        requested = question.criterion.value[: question.limit if question.ascending is None else None]
        if unnamed := {key for key in requested if witness.issue_id(key) is None} - missing:
            yield f"{unnamed} are missing, attrs do not say so"


def _wrong_total(question: Question, frame: pd.DataFrame, witness: Witness, off_by: int, window: int) -> Iterator[str]:
    """A total that differs from what was there; if nothing changed and there is no limit, from the rows.

    Where the limit was reached, nothing shows that the service's own total ends at its window.
    """
    total, sizes = frame.attrs["tracker"]["total"], witness.sizes
    low = min([*sizes, window]) if len(frame) == question.limit else min(sizes)
    if question.criterion.by == "keys" and question.limit is not None:  # keys beyond the limit may be unknown
        off_by += len(question.criterion.value)
    if len(sizes) == 1 and question.limit is None:
        if total != len(frame):
            yield f"{len(frame)} rows, the total is {total}"
    elif not low - off_by <= total <= max(sizes) + off_by:
        yield f"the total is {total}, {min(sizes)} to {max(sizes)} were there"
