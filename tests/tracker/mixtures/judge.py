"""Compare an answer with the truth; every function gives what is wrong with it, and nothing if it is right."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from tests.tracker.mixtures.questions import Question
from tests.tracker.mixtures.truth import COLUMNS, Witness
from tracker_magic.errors import Incomplete
from tracker_magic.frames import natural_key


def judge(question: Question, answer: Any, witness: Witness, off_by: int = 0, window: int = 10_000) -> list[str]:
    """What is wrong with a complete answer.

    `off_by`: by how much the service's own numbers may be wrong; `window`: where the total of a page by number ends.
    """
    if question.method == "count":
        low, high = min(witness.sizes) - off_by, max(witness.sizes) + off_by
        return [] if low <= answer <= high else [f"{answer} counted, {low} to {high} there"]
    if question.method != "issues":
        return list(_wrong_lists(question, answer, witness, range(len(answer)), is_whole=True))
    return [
        *_wrong_rows(answer, witness),
        *_missing_rows(question, answer, witness),
        *_wrong_facts(question, answer),
        *_wrong_total(question, answer, witness, off_by, window),
    ]


def judge_partial(question: Question, error: Incomplete, witness: Witness) -> list[str]:
    """What is wrong with an Incomplete: its rows, its numbers, its hint."""
    partial, wrong = error.partial, []
    if not isinstance(partial, pd.DataFrame):
        return [f"partial is {type(partial).__name__}"]
    if not error.hint:
        wrong.append("no hint how to go on")
    if question.method == "issues":
        wrong += [*_wrong_rows(partial, witness), *_wrong_reading(question, partial, witness)]
        if error.fetched != len(partial):
            wrong.append(f"fetched {error.fetched}, partial has {len(partial)} rows")
        facts = partial.attrs["tracker"]
        if (facts["rows"], facts["truncated"]) != (len(partial), True):
            wrong.append(f"attrs of {len(partial)} rows: rows {facts['rows']}, truncated {facts['truncated']}")
    else:
        wrong += _wrong_lists(question, partial, witness, range(len(partial)), is_whole=False)
        if partial["key"].nunique() > error.fetched:
            wrong.append(f"fetched {error.fetched} issues, partial has rows of {partial['key'].nunique()}")
    return [*wrong, *_wrong_numbers(question, error)]


def _wrong_reading(question: Question, partial: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Rows that are not of one moment, with an order or a limit; rows in a wrong order; too many rows."""
    if question.criterion.by == "keys":
        if question.ascending is None:
            yield from _wrong_order(question, partial)
        return
    yield from _wrong_order(question, partial)
    if question.ascending is None and question.limit is None:
        return
    ids = {each for each in _ids(partial, witness) if each}
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


def _ids(frame: pd.DataFrame, witness: Witness) -> list[str | None]:
    return [witness.issue_id(key) for key in frame["key"]]


def _is_same(value: Any, expected: Any) -> bool:
    return pd.isna(value) if expected is None else value == expected


def _wrong_rows(frame: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Rows that never matched, were returned twice, or have values that never were."""
    seen: set[str | None] = set()
    columns = [name for name in next(iter(witness.rows.values()))[0] if name in frame.columns]
    for issue_id, row in zip(_ids(frame, witness), frame[columns].to_dict("records"), strict=True):
        if issue_id is None or issue_id not in witness.ever:
            yield f"{row['key']} does not match"
        elif not any(all(_is_same(row[name], state[name]) for name in columns) for state in witness.rows[issue_id]):
            yield f"{row['key']} never was {row}"
        if issue_id in seen:
            yield f"{row['key']} was returned twice"
        seen.add(issue_id)


def _missing_rows(question: Question, frame: pd.DataFrame, witness: Witness) -> Iterator[str]:
    """Rows that matched all the time (up to the limit) and did not come; and too many rows."""
    ids = {each for each in _ids(frame, witness) if each}
    missing = witness.always - ids
    if question.limit is not None:
        if len(frame) > question.limit:
            yield f"{len(frame)} rows, the limit was {question.limit}"
        if len(frame) >= question.limit:
            missing = _before_the_last(question, ids, missing, witness)
    if missing:
        yield f"{len(missing)} rows are missing, {len(frame)} were returned"


def _before_the_last(question: Question, ids: set[str], missing: set[str], witness: Witness) -> set[str]:
    """The missing rows that belong before one that was returned, in the order that was asked for."""
    if question.criterion.by == "keys" and question.ascending is None:
        first = [witness.issue_id(key) for key in question.criterion.value[: question.limit]]
        return missing & {each for each in first if each}
    if question.ascending is None:
        return set()
    moments = [witness.created(each) for each in ids if each in witness.rows]
    if question.ascending:
        return {each for each in missing if witness.created(each) < max(moments)}
    return {each for each in missing if witness.created(each) > min(moments)}


def _wrong_order(question: Question, frame: pd.DataFrame) -> Iterator[str]:
    if question.ascending is not None:
        created = frame["createdAt"]
        if not (created.is_monotonic_increasing if question.ascending else created.is_monotonic_decreasing):
            yield "not in the order of creation"
    elif question.criterion.by == "keys":
        positions = [question.criterion.value.index(key) for key in frame["key"] if key in question.criterion.value]
        if positions != sorted(positions):
            yield "not in the order of the keys"
    elif question.limit is None and not natural_key(frame["key"]).is_monotonic_increasing:
        yield "not by queue and number"


def _wrong_facts(question: Question, frame: pd.DataFrame) -> Iterator[str]:
    yield from _wrong_order(question, frame)
    facts = frame.attrs["tracker"]
    is_truncated = question.limit is not None and facts["total"] > len(frame)
    if facts["rows"] != len(frame) or facts["truncated"] != is_truncated:
        yield f"{len(frame)} rows; attrs: {facts['rows']} of {facts['total']}, truncated {facts['truncated']}"


def _wrong_total(question: Question, frame: pd.DataFrame, witness: Witness, off_by: int, window: int) -> Iterator[str]:
    """A total that differs from what was there; if nothing changed and there is no limit, from the rows.

    Where the limit was reached, nothing shows that the service's own total ends at its window.
    """
    total, sizes = frame.attrs["tracker"]["total"], witness.sizes
    low = min([*sizes, window]) if len(frame) == question.limit else min(sizes)
    if len(sizes) == 1 and question.limit is None:
        if total != len(frame):
            yield f"{len(frame)} rows, the total is {total}"
    elif not low - off_by <= total <= max(sizes) + off_by:
        yield f"the total is {total}, {min(sizes)} to {max(sizes)} were there"


def _wrong_lists(
    question: Question, frame: pd.DataFrame, witness: Witness, positions: Sequence[int], *, is_whole: bool
) -> Iterator[str]:
    """Lists of issues that do not match, that are not one block of rows, or that never were so.

    Of a partial result only the ids are compared: a changelog before a failure names local fields by their ids.
    """
    names = COLUMNS[question.method][: None if is_whole else 1]
    rows = frame[list(names)].astype(object).where(lambda each: each.notna(), None)
    seen: set[str | None] = set()
    for issue_id, block in groupby(positions, key=_ids(frame, witness).__getitem__):
        numbers = list(block)
        key = frame["key"].iloc[numbers[0]]
        if issue_id in seen:
            yield f"the rows of {key} are not together"
        seen.add(issue_id)
        if issue_id is None or issue_id not in witness.ever:
            yield f"{key} does not match"
        elif tuple(rows.iloc[numbers].itertuples(index=False, name=None)) not in _states(
            question, witness, issue_id, len(names)
        ):
            yield f"{key}: {len(numbers)} rows, {[len(each) for each in witness.lists[issue_id]]} there"
    if is_whole:
        absent = [each for each in witness.always - seen if () not in _states(question, witness, each, 1)]
        if absent:
            yield f"no rows of {len(absent)} issues"


def _states(question: Question, witness: Witness, issue_id: str, width: int) -> set[tuple[tuple[Any, ...], ...]]:
    """The states of this issue's list, in its first `width` columns."""
    states, fields = witness.lists[issue_id], question.fields
    return {tuple(row[:width] for row in state if not fields or row[1] in fields) for state in states}
