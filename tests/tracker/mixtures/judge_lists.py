"""Compare lists of issues and of the organisation with the truth; every function gives what is wrong."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from tests.tracker.mixtures.questions import Question
from tests.tracker.mixtures.truth import COLUMNS, ListWitness, Witness


def ids_of(frame: pd.DataFrame, witness: Witness) -> list[str | None]:
    """The ids of the issues that the rows belong to; None for a key that no issue has had."""
    return [witness.issue_id(key) for key in frame["key"]]


def is_same(value: Any, expected: Any) -> bool:
    """Whether a cell has this value; None stands for a missing one."""
    return pd.isna(value) if expected is None else value == expected


def wrong_list_of_organisation(frame: pd.DataFrame, witness: ListWitness, *, is_whole: bool) -> Iterator[str]:
    """Rows that never were so, or were returned twice; if the list is whole, rows that are missing."""
    seen: set[str] = set()
    for row in frame.to_dict("records"):
        identity = row[witness.identity]
        states = witness.rows.get(identity, [])
        if not any(all(is_same(row[name], value) for name, value in state.items()) for state in states):
            yield f"{identity} never was {row}, but {states}"
        if identity in seen:
            yield f"{identity} was returned twice"
        seen.add(identity)
    if is_whole and (missing := witness.always - seen):
        yield f"{len(missing)} rows are missing, {len(frame)} were returned"


def wrong_lists(
    question: Question, frame: pd.DataFrame, witness: Witness, positions: Sequence[int], *, is_whole: bool
) -> Iterator[str]:
    """Lists of issues that do not match, that are not one block of rows, or that never were so.

    Of a partial result only the ids are compared: a changelog before a failure names local fields by their ids.
    """
    names = COLUMNS[question.method][: None if is_whole else 1]
    rows = frame[list(names)].astype(object).where(lambda each: each.notna(), None)
    seen: set[str | None] = set()
    for issue_id, block in groupby(positions, key=ids_of(frame, witness).__getitem__):
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
