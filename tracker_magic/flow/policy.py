"""A team's definitions in one place: when an item starts and finishes, what counts, and in which days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self, TypedDict, get_args

import pandas as pd

from tracker_magic.choices import Back, Count, NeverStarted, Reopen
from tracker_magic.errors import BadOption
from tracker_magic.flow.calendar import Calendar
from tracker_magic.names import best_match

StatusKeys = str | Iterable[str]

NEW_TYPE: Final = "type:new"
"""In a list of status keys, `type:T` stands for every status of the type T."""
_LISTS: Final = ("types", "without", "start", "leave", "finish", "exclude")
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "back": get_args(Back),
    "reopen": get_args(Reopen),
    "never_started": get_args(NeverStarted),
    "count": get_args(Count),
}


class PolicyFields(TypedDict, total=False):
    """The fields of a policy as keywords of a function; they override those of `policy`."""

    query: str | None
    board: str | int | None
    types: StatusKeys | None
    without: StatusKeys
    start: StatusKeys | None
    leave: StatusKeys | None
    finish: StatusKeys | None
    exclude: StatusKeys
    back: Back
    reopen: Reopen
    never_started: NeverStarted
    count: Count
    calendar: Calendar | str | None
    tz: str | None
    stages: Mapping[str, StatusKeys] | pd.DataFrame | None
    sle: tuple[float, float] | None
    statuses: Mapping[str, str | None] | pd.DataFrame | None


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A team's definitions; every function of `flow` takes one, and its fields as keywords.

    `query`, `board`: the team's issues and board. `types`: issue type keys that count (None: all). `without`:
    resolution keys that never count as finished work. `start`: status keys; an item starts when it first enters one of
    them; `leave`: it starts when it first leaves one of them; at most one of the two (None: it starts when it enters a
    status whose type is neither new nor finished). `finish`: status keys (None: the types done and cancelled).
    `exclude`: status keys whose time is subtracted from the cycle time. In these lists `type:new` stands for all
    statuses of a type. `back`: after a move back into a status of the type new the clock keeps running ("keep"), or
    starts again at the next start ("restart"). `reopen`: the finish that counts, "last" or "first", or "sum" of the
    time until the last one without the time closed. `never_started`: finished items without a start are left out, or
    take "zero" days. `count`: "elapsed" days of 24 hours, "inclusive" calendar dates + 1, "working" days of `calendar`
    (a Calendar or a country code). `tz`: the zone in which days are cut (None: that of the frame). `stages`: a frame of
    `Tracker.columns(board)` or `{stage: status keys}`, in order. `sle`: `(85, 14)` means 85 % within 14 days.
    `statuses`: types of statuses by key, or a frame of `Tracker.statuses()`, for frames that do not tell them.

    Raises BadOption for values that are not allowed, or `start` with `leave`, or "working" without a calendar.
    """

    query: str | None = None
    board: str | int | None = None
    types: StatusKeys | None = None
    without: StatusKeys = ()
    start: StatusKeys | None = None
    leave: StatusKeys | None = None
    finish: StatusKeys | None = None
    exclude: StatusKeys = ()
    back: Back = "keep"
    reopen: Reopen = "last"
    never_started: NeverStarted = "leave_out"
    count: Count = "elapsed"
    calendar: Calendar | str | None = None
    tz: str | None = None
    stages: Mapping[str, StatusKeys] | pd.DataFrame | None = None
    sle: tuple[float, float] | None = None
    statuses: Mapping[str, str | None] | pd.DataFrame | None = None

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                listed = ", ".join(map(repr, allowed))
                raise BadOption(f"{name} cannot be {getattr(self, name)!r}", hint=f"It is one of {listed}.")
        if self.start is not None and self.leave is not None:
            raise BadOption("start and leave exclude each other", hint="An item starts by entering or by leaving.")
        if self.count == "working" and self.calendar is None:
            raise BadOption(
                'count="working" needs a calendar',
                hint='For example calendar="RU", or flow.Calendar("RU", tz="Europe/Moscow", hours="10:00-19:00").',
            )
        for name in _LISTS:
            object.__setattr__(self, name, _texts(getattr(self, name)))

    @classmethod
    def tracker(cls) -> Self:
        """Return the rules of Tracker's own cycle-time widget: from first leaving a new status to the last finish."""
        return cls(leave=NEW_TYPE)

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """Return the policy of a table `[tool.tracker_magic.teams.NAME]`. Raises BadOption for an unknown key."""
        _check_names(table)
        values = dict(table)
        if values.get("sle") is not None:
            values["sle"] = tuple(values["sle"])
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Return the fields that differ from the defaults, as plain JSON."""
        changed = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "statuses"}
        return {
            name: _plain(value)
            for name, value in changed.items()
            if isinstance(value, pd.DataFrame) or value != getattr(_DEFAULT, name)
        }


def resolve_policy(policy: Policy | None, overrides: PolicyFields) -> Policy:
    """Return the policy with these fields replaced. Raises BadOption for an unknown field."""
    _check_names(overrides)
    return replace(policy or _DEFAULT, **overrides)


def stage_statuses(stages: Mapping[str, StatusKeys] | pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the status keys of each stage, in order; `stages` as in Policy."""
    if isinstance(stages, pd.DataFrame):
        pairs = zip(stages["name"], stages["statuses.key"], strict=True)
        return {str(name): _texts(keys) or () for name, keys in pairs}
    return {name: _texts(keys) or () for name, keys in stages.items()}


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the hint that names what is nearest to `name`."""
    names = sorted({str(each) for each in known})
    similar = best_match(name, names)
    return f"Did you mean {similar!r}?" if similar else f"There are {', '.join(names[:20])}."


def _check_names(given: Mapping[str, Any]) -> None:
    known = [field.name for field in fields(Policy)]
    if unknown := [name for name in given if name not in known]:
        raise BadOption(f"a policy has no field {unknown[0]!r}", hint=nearest(unknown[0], known))


def _texts(value: StatusKeys | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else tuple(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Calendar):
        return value.name
    if isinstance(value, pd.DataFrame | Mapping):
        return {name: list(keys) for name, keys in stage_statuses(value).items()}
    return list(value) if isinstance(value, tuple) else value


_DEFAULT: Final = Policy()
