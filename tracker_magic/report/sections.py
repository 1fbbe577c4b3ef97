"""The sections of a report: a question, pictures and tables that answer it, and how they were computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

import tracker_magic.charts
from tracker_magic.charts.style import share_text
from tracker_magic.report.answers import HORIZON_DAYS, WEEKS, Answers, Work

_MOST_ROWS: Final = 10
_MOST_KEYS: Final = 5
_WIDE: Final = 900
_NARROW: Final = 380

_OUTCOMES: Final = {
    "done": "Done",
    "finished_before": "Finished before it began",
    "cancelled": "Cancelled",
    "carried": "Not finished, in a later sprint",
    "returned": "Not finished, in no sprint",
    "removed": "Removed before the end",
}
_PROBLEMS: Final = {
    "broken_chain": "A change does not begin with the status that the one before it led to",
    "change_before_creation": "A change is older than the issue",
    "last_change_differs": "The last change leads to another status than the present one",
    "no_history": "The history does not tell how it came into its status",
    "born_finished": "Created in a finished status",
    "moved_queue": "Moved from another queue",
    "finished_without_resolution": "Finished without a resolution, or without its date",
    "resolution_without_finish": "Has a resolution, but its status is not finished",
    "never_started": "Finished, but never in progress",
    "negative_span": "Finished, or in its status, before it was created",
    "status_without_type": "A status has no type, and counts as in progress",
    "unknown_status": "A status that nobody describes",
    "future_change": "A change is dated after the report",
    "value_without_creation_row": "The history does not tell the first status",
    "types_mixed": "Issues of several types are counted together",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; `keys` are issues that it names, before the text; `note` stands below its row."""

    text: str = ""
    keys: tuple[str, ...] = ()
    note: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `left_out` says what it does not show."""

    header: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """SVG elements: for a screen or paper, and for a phone (None: the table beside it says the same)."""

    wide: str
    narrow: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """A question and its answer; `definition` says how it was computed, and what was left out.

    `notes` are what the reader is warned of.
    """

    title: str
    text: str
    definition: str
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


def make_sections(answers: Answers, work: Work) -> list[Section]:
    """Return the sections of the page, in order; without a board none is about a sprint. Raises BadOption."""
    return [
        _numbers(answers),
        _ageing(answers.ageing),
        _chart_only("How much gets done?", "Finished issues in each week.", answers.throughput, "throughput"),
        _cycle_times(answers.cycle_times, work),
        _chart_only(
            "Where does work pile up?",
            "What is in each stage, day by day. A band that grows is a stage that takes in more than it hands on.",
            answers.cumulative_flow,
            "cumulative-flow",
        ),
        *([] if work.policy.board is None else [_sprint(answers.sprint, work)]),
        _forecast(answers),
        _quality(answers),
    ]


def _numbers(answers: Answers) -> Section:
    day = f"{answers.compared_with:%Y-%m-%d}"
    rows = [
        (
            Cell(each.name, note=each.definition),
            *map(_number, (each.now, each.before, each.change)),
        )
        for each in answers.numbers
    ]
    header = ("", "Now", "Last Monday", "Change")
    text = f"The main numbers, and what they were when Monday, {day}, began."
    return Section("Where do we stand?", text, "", tables=(Table(header, rows),))


def _ageing(frame: pd.DataFrame) -> Section:
    place = "stage" if "stage" in frame.columns else "status"
    rows = [
        (
            Cell(
                _shown(row.get("summary")),
                (str(row["key"]),),
                f"{_shown(row[place])} · {_shown(row.get('assignee'))}",
            ),
            _number(f"{row['age']:,.1f}"),
            _number(f"{row['in_status']:,.1f}"),
            _number("–" if pd.isna(row["rank"]) else share_text(row["rank"])),
        )
        for row in frame.head(_MOST_ROWS).to_dict("records")
    ]
    header = (f"Issue, {place}, assignee", "Age, days", f"In the {place}", "Older than")
    rest = len(frame) - len(rows)
    table = Table(header, rows, f"{rest:,} younger in progress are not in this table." if rest else "")
    text = (
        "Each point is an issue in progress; the higher, the older. In the strongest colour it is older than almost"
        " all finished issues were when they left that column: “Older than” is the share. Talk about these first."
    )
    if not len(frame):
        return Section("What is stuck?", "Nothing is in progress.", _definition(frame))
    return Section("What is stuck?", text, _definition(frame), (_picture(frame, "ageing"),), (table,))


def _cycle_times(frame: pd.DataFrame, work: Work) -> Section:
    text = "Each point is a finished issue: when it was finished, and how many days that took."
    definition = f"{_definition(frame)} Finished in {WEEKS} weeks, since {work.since:%Y-%m-%d}."
    return Section("How long does it take?", text, definition, (_picture(frame, "cycle-time"),))


def _sprint(frame: pd.DataFrame | None, work: Work) -> Section:
    title = "What became of the last sprint?"
    if frame is None or work.sprint is None:
        return Section(title, "The board has no finished sprint.", "")
    name = _shown(work.sprint["name"].iloc[0])
    if not len(frame):
        return Section(title, f"There was no issue in {name}.", _definition(frame))
    outcomes = frame["outcome"].fillna("open")
    rows = [
        (
            Cell(text),
            _number(f"{int((chosen & frame['committed']).sum()):,}"),
            _number(f"{int((chosen & ~frame['committed']).sum()):,}"),
            Cell(keys=tuple(frame.loc[chosen, "key"])),
        )
        for outcome, text in _OUTCOMES.items()
        if (chosen := outcomes == outcome).any()
    ]
    committed = frame["committed"]
    done = outcomes.isin(["done", "finished_before"])
    text = (
        f"{name}: of {int(committed.sum()):,} issues that were in it at its start,"
        f" {int((committed & done).sum()):,} are done; {int((~committed).sum()):,} came later."
    )
    table = Table(("Outcome", "In it at the start", "Added", "Issues"), rows)
    return Section(title, text, _definition(frame), (_picture(frame, "sprint", narrow=False),), (table,))


def _forecast(answers: Answers) -> Section:
    title = "When will the rest be done?"
    when, how_many = answers.when, answers.how_many
    if when is None or how_many is None:
        return Section(title, "There is no forecast: too little was finished to draw from.", "")
    rows = [
        (
            Cell(f"{chance} %"),
            _number(f"{date:%Y-%m-%d}"),
            _number(_share(held_when)),
            _number(f"{count:,}"),
            _number(_share(held)),
        )
        for chance, date, held_when, count, held in zip(
            when["chance"], when["date"], when["held"], how_many["count"], how_many["held"], strict=True
        )
    ]
    header = ("Chance", "All open issues by", "Came true", f"In {HORIZON_DAYS} days at least", "Came true")
    text = (
        "A higher chance is a safer promise. “Came true” is the record: in which share of past windows such an answer"
        " held. New issues are not counted in."
    )
    definition = f"{_definition(when)} {_definition(how_many)}"
    pictures = tuple(_picture(frame, name, narrow=False) for frame, name in ((when, "when"), (how_many, "how-many")))
    return Section(title, text, definition, pictures, (Table(header, rows),))


def _quality(answers: Answers) -> Section:
    frame = answers.quality
    rows = [
        (
            Cell(_PROBLEMS.get(str(problem), str(problem))),
            _number(f"{len(group):,}"),
            Cell("" if group["key"].notna().any() else ", ".join(group["detail"]), _first_keys(group)),
        )
        for problem, group in frame.groupby("problem", sort=False)
    ]
    text = "Nothing of this was repaired; it is counted here." if rows else "Nothing odd was found."
    table = Table(("What is odd", "Times", f"The first {_MOST_KEYS}"), rows)
    tables = (table,) if rows else ()
    return Section("Can the numbers be trusted?", text, _definition(frame), tables=tables, notes=tuple(answers.notes))


def _first_keys(group: pd.DataFrame) -> tuple[str, ...]:
    return tuple(str(key) for key in group["key"].dropna().unique()[:_MOST_KEYS])


def _chart_only(title: str, text: str, frame: pd.DataFrame, name: str) -> Section:
    return Section(title, text, _definition(frame), (_picture(frame, name),))


def _picture(frame: pd.DataFrame, name: str, *, narrow: bool = True) -> Picture:
    """Return the picture of a result, without title and definition, which are on the page."""
    plain = frame.copy(deep=False)
    plain.attrs = {**frame.attrs, "definition": ""}
    draw: Callable[..., Any] = tracker_magic.charts.draw
    return Picture(
        draw(plain, title="", width=_WIDE).to_element(name),
        draw(plain, title="", width=_NARROW).to_element(f"{name}-narrow") if narrow else None,
    )


def _definition(frame: pd.DataFrame) -> str:
    left_out = frame.attrs["flow"]["left_out"]
    counted = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
    left = f" Left out, or counted otherwise: {counted}." if counted else ""
    return f"{frame.attrs['definition']}{left}"


def _number(text: str) -> Cell:
    return Cell(text, is_number=True)


def _shown(value: object) -> str:
    return value if isinstance(value, str) and value else "–"


def _share(held: float) -> str:
    return "no record" if pd.isna(held) else share_text(held)
