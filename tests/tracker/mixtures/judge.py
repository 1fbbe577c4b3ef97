"""Is an answer the truth? Every function gives what is wrong with it, nothing where it is right."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from tests.tracker.mixtures.questions import Question
from tests.tracker.mixtures.truth import COLUMNS, Witness
from tracker_magic.errors import Incomplete
from tracker_magic.frames import natural_key


def judged(question: Question, answer: Any, witness: Witness, off_by: int = 0, window: int = 10_000) -> list[str]:
    """What is wrong with a whole answer.

    `off_by`: by how much the service's own numbers may be wrong; `window`: where its total of a page ends.
    """
    if question.method == "count":
        low, high = min(witness.sizes) - off_by, max(witness.sizes) + off_by
        return [] if low <= answer <= high else [f"{answer} counted, {low} to {high} there"]
    if question.method != "issues":
        return list(_wrong_lists(question, answer, witness, range(len(answer)), whole=True))
    return [
        *_wrong_rows(answer, witness),
        *_left_out(question, answer, witness),
        *_wrong_order(question, answer),
        *_wrong_total(question, answer, witness, off_by, window),
    ]


def judged_partial(question: Question, error: Incomplete, witness: Witness) -> list[str]:
    """What is wrong with an Incomplete: its rows, its numbers, its advice."""
    partial, wrong = error.partial, []
    if not isinstance(partial, pd.DataFrame):
        return [f"partial is {type(partial).__name__}"]
    if not error.hint:
        wrong.append("no hint how to go on")
    if question.method == "issues":
        wrong += [*_wrong_rows(partial, witness), *_wrong_reading(question, partial, witness)]
        if error.fetched != len(partial):
            wrong.append(f"fetched {error.fetched}, partial has {len(partial)} rows")
        told = partial.attrs["tracker"]
        if (told["rows"], told["truncated"]) != (len(partial), True):
            wrong.append(f"attrs of {len(partial)} rows tell {told['rows']}, truncated {told['truncated']}")
    else:
        wrong += _wrong_lists(question, partial, witness, range(len(partial)), whole=False)
        if partial["key"].nunique() > error.fetched:
            wrong.append(f"fetched {error.fetched} issues, partial has rows of {partial['key'].nunique()}")
    return [*wrong, *_wrong_numbers(question, error)]


def _wrong_reading(question: Question, partial: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Of an order or a limit: rows that did not all belong at one moment, or stand in no order; and too many."""
    if question.criterion.by == "keys":
        if question.ascending is None:
            yield from _wrong_places(question, partial)
        return
    yield from _wrong_places(question, partial)
    if question.ascending is None and question.limit is None:
        return
    ids = {each for each in _ids(partial, witness) if each}
    if not any(ids <= members for members in witness.moments):
        yield f"{len(ids)} rows of several moments"
    if question.limit is not None and len(partial) > question.limit:
        yield f"{len(partial)} rows, the limit was {question.limit}"


def _wrong_numbers(question: Question, error: Incomplete) -> Iterator[str]:
    """Numbers that make no sense: so many of fewer, or all of them as if some were missing."""
    for said in re.finditer(r"([\d,]+) of ([\d,]+) issues", error.message):
        rows, total = (int(each.replace(",", "")) for each in said.groups())
        if rows > total or (rows == total and question.criterion.by != "keys"):
            yield f"it says {said[0]}"
    if error.total is not None and error.fetched > error.total and "more than" not in error.message:
        yield f"fetched {error.fetched} of {error.total}"


def _ids(frame: pd.DataFrame, witness: Witness) -> list[str | None]:
    return [witness.issue_of(key) for key in frame["key"]]


def _same(value: Any, expected: Any) -> bool:
    return pd.isna(value) if expected is None else value == expected


def _wrong_rows(frame: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Rows that never belonged, came twice, or hold what never was."""
    seen: set[str | None] = set()
    columns = [name for name in next(iter(witness.rows.values()))[0] if name in frame.columns]
    for issue_id, row in zip(_ids(frame, witness), frame[columns].to_dict("records"), strict=True):
        if issue_id is None or issue_id not in witness.ever:
            yield f"{row['key']} does not belong"
        elif not any(all(_same(row[name], state[name]) for name in columns) for state in witness.rows[issue_id]):
            yield f"{row['key']} never was {row}"
        if issue_id in seen:
            yield f"{row['key']} came twice"
        seen.add(issue_id)


def _left_out(question: Question, frame: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Rows that belonged all the time (up to the limit) and did not come; and too many of them."""
    ids = {each for each in _ids(frame, witness) if each}
    due = witness.always - ids
    if question.limit is not None:
        if len(frame) > question.limit:
            yield f"{len(frame)} rows, the limit was {question.limit}"
        if len(frame) >= question.limit:
            due = _before_the_last(question, ids, due, witness)
    if due:
        yield f"{len(due)} rows are missing, {len(frame)} came"


def _before_the_last(question: Question, ids: set[str], due: set[str], witness: Witness) -> set[str]:
    """Of the rows that did not come, those that stand before one that did, in the order that was asked for."""
    if question.criterion.by == "keys" and question.ascending is None:
        first = [witness.issue_of(key) for key in question.criterion.value[: question.limit]]
        return due & {each for each in first if each}
    if question.ascending is None:
        return set()
    moments = [witness.created(each) for each in ids if each in witness.rows]
    if question.ascending:
        return {each for each in due if witness.created(each) < max(moments)}
    return {each for each in due if witness.created(each) > min(moments)}


def _wrong_places(question: Question, frame: pd.DataFrame) -> Iterator[str]:
    if question.ascending is not None:
        created = frame["createdAt"]
        if not (created.is_monotonic_increasing if question.ascending else created.is_monotonic_decreasing):
            yield "not in the order of creation"
    elif question.criterion.by == "keys":
        places = [question.criterion.value.index(key) for key in frame["key"] if key in question.criterion.value]
        if places != sorted(places):
            yield "not in the order of the keys"
    elif question.limit is None and not natural_key(frame["key"]).is_monotonic_increasing:
        yield "not by queue and number"


def _wrong_order(question: Question, frame: pd.DataFrame) -> Iterator[str]:
    yield from _wrong_places(question, frame)
    told = frame.attrs["tracker"]
    if told["rows"] != len(frame) or told["truncated"] != (question.limit is not None and told["total"] > len(frame)):
        yield f"{len(frame)} rows; attrs tell {told['rows']} of {told['total']}, truncated {told['truncated']}"


def _wrong_total(question: Question, frame: pd.DataFrame, witness: Witness, off_by: int, window: int) -> Iterator[str]:
    """The total that is told: as many as there were; in a still world without a limit as many as came.

    Where the limit was reached nothing shows that the service's own total ends at its window.
    """
    told, sizes = frame.attrs["tracker"]["total"], witness.sizes
    low = min([*sizes, window]) if len(frame) == question.limit else min(sizes)
    if len(sizes) == 1 and question.limit is None:
        if told != len(frame):
            yield f"{len(frame)} rows, {told} told"
    elif not low - off_by <= told <= max(sizes) + off_by:
        yield f"{told} told, {min(sizes)} to {max(sizes)} there"


def _wrong_lists(
    question: Question, frame: pd.DataFrame, witness: Witness, places: Sequence[int], *, whole: bool
) -> Iterator[str]:
    """Lists of issues that belong, each one block of rows in a state that could be seen.

    Of a partial result only the ids are looked at: history before a failure names local fields by their own ids.
    """
    names = COLUMNS[question.method][: None if whole else 1]
    rows = frame[list(names)].astype(object).where(lambda each: each.notna(), None)
    came: set[str | None] = set()
    for issue_id, block in groupby(places, key=_ids(frame, witness).__getitem__):
        numbers = list(block)
        name = frame["key"].iloc[numbers[0]]
        if issue_id in came:
            yield f"the rows of {name} stand in two places"
        came.add(issue_id)
        if issue_id is None or issue_id not in witness.ever:
            yield f"{name} does not belong"
        elif tuple(rows.iloc[numbers].itertuples(index=False, name=None)) not in _wanted(
            question, witness, issue_id, len(names)
        ):
            yield f"{name}: {len(numbers)} rows, {[len(each) for each in witness.lists[issue_id]]} there"
    if whole and (silent := [each for each in witness.always - came if () not in _wanted(question, witness, each, 1)]):
        yield f"no rows of {len(silent)} issues"


def _wanted(question: Question, witness: Witness, issue_id: str, width: int) -> set[tuple[tuple[Any, ...], ...]]:
    """The states of this issue's list, in the first `width` columns."""
    states, fields = witness.lists[issue_id], question.fields
    return {tuple(row[:width] for row in state if not fields or row[1] in fields) for state in states}
