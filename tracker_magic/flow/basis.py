"""What every result of flow starts from: policy, now and zone; and what it says about itself at the end."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Unpack

import numpy as np
import pandas as pd

from tracker_magic.columns import FRAMES
from tracker_magic.errors import BadOption, NoHistory, WrongFrame
from tracker_magic.flow.calendar import Calendar, local_midnights, local_times
from tracker_magic.flow.policy import Policy, PolicyFields, nearest, resolve_policy
from tracker_magic.printable import web_origin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Moments = NDArray[np.datetime64]
    Durations = NDArray[np.float64]
    Frames = Sequence[pd.DataFrame | None]

TEXT: Final = pd.StringDtype(na_value=np.nan)
KEEP: Final = ("summary", "type", "queue", "assignee", "resolution")
KEEP_OF_SNAPSHOT: Final = ("summary", "type")
PERCENTILES: Final = (50, 70, 85, 95)
NAT: Final = np.datetime64("NaT", "us")
DAY_US: Final = 86_400_000_000
FEW_ITEMS: Final = 20

Now = Any  # a moment: a text, a datetime or a Timestamp; without a zone it is in that of the frame
Part = Literal["issues", "log", "items"]

_CHANGES: Final = frozenset({"IssueCreated", "IssueWorkflow", "IssueUpdated"})
_COMPANIONS: Final = (".key", ".id", ".display")
_NEEDED: Final[Mapping[Part, frozenset[str]]] = {
    "issues": frozenset({"key", "createdAt"}),
    "log": frozenset({"key", "at", "type", "field", "from.key", "to.key"}),
    "items": frozenset({"key", "started", "finished", "days"}),
}


@dataclass(frozen=True, slots=True)
class Basis:
    """The policy, the moment that counts as now, the zone of days, and the counts of what was left out, by reason.

    `url` is the address in the web interface that the frames have, for links to their issues.
    """

    metric: str
    policy: Policy
    now: np.datetime64
    tz: str
    url: str | None = None
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def calendar(self) -> Calendar | None:
        """The policy's calendar; a country's is in the zone of days."""
        calendar = self.policy.calendar
        return Calendar(calendar, tz=self.tz) if isinstance(calendar, str) else calendar

    def days(self, starts: "Moments", ends: "Moments") -> "Durations":
        """Return the days between moments, in working days if the policy counts these."""
        if self.policy.count == "working" and (calendar := self.calendar) is not None:
            return calendar.days(starts, ends)
        return elapsed_days(starts, ends)

    def span_days(self, starts: "Moments", ends: "Moments", *, removed: bool = False) -> "Durations":
        """Return the days of whole items; "inclusive" is calendar dates + 1, without the 1 of what is `removed`."""
        if self.policy.count != "inclusive":
            return self.days(starts, ends)
        first, last = (local_times(each, self.tz).astype("datetime64[D]") for each in (starts, ends))
        days = elapsed_days(first, last)
        return days if removed else days + 1.0

    def zoned(self, moments: "Moments") -> Any:
        """Return UTC moments as a pandas array in the zone."""
        return pd.DatetimeIndex(moments.astype("datetime64[us]")).tz_localize("UTC").tz_convert(self.tz).array

    def moment(self, value: Now) -> np.datetime64:
        """Return a moment in UTC; a day or a time without a zone is in the zone of days."""
        return read_moment(value, self.tz)


def make_basis(
    metric: str, frames: "Frames", policy: Policy | None, now: Now, **overrides: Unpack[PolicyFields]
) -> Basis:
    """Return the basis of a result computed from these frames; the first one tells when it was fetched: now."""
    resolved = resolve_policy(policy, overrides)
    tz = resolved.tz or next(filter(None, map(_zone, frames)), "UTC")
    if now is None:
        now = _fetched_at(frames[0]) or pd.Timestamp.now("UTC")
    url = next(filter(None, map(_web_address, frames)), None)
    return Basis(metric, resolved, read_moment(now, tz), tz, url)


def check_frame(frame: object, part: Part, call: str) -> pd.DataFrame:
    """Return the frame. Raises WrongFrame, with the right `call`, for a frame of another kind."""
    if not isinstance(frame, pd.DataFrame):
        raise WrongFrame(f"{part} must be a DataFrame, not {type(frame).__name__}", hint=f"Write {call}.")
    columns = set(frame.columns)
    if columns >= _NEEDED[part]:
        return frame
    kind = next((name for name in _NEEDED if columns >= _NEEDED[name]), None)
    names = {"issues": "a frame of issues", "log": "a changelog", "items": "a frame of items", None: "another frame"}
    missing = ", ".join(sorted(_NEEDED[part] - columns))
    raise WrongFrame(f"{part} is {names[kind]}: it has no column {missing}", hint=f"Write {call}.")


def select_issues(basis: Basis, issues: pd.DataFrame, *, finished_work: bool = False) -> pd.DataFrame:
    """Return the issues that count: each once, of the policy's types; for `finished_work` also by resolution."""
    policy = basis.policy
    everything = np.ones(len(issues), dtype=bool)
    keep = _selected(basis, everything, ~issues["key"].duplicated(), "a row with the same key")
    if policy.types is not None:
        keep = _selected(basis, keep, column(issues, "type.key").isin(list(policy.types)), "another type")
    if finished_work and policy.without:
        keep = _selected(basis, keep, ~column(issues, "resolution.key").isin(list(policy.without)), "its resolution")
    return issues if keep.all() else issues.loc[keep]


def _selected(basis: Basis, keep: "NDArray[np.bool_]", also: Any, reason: str) -> "NDArray[np.bool_]":
    selected: NDArray[np.bool_] = keep & np.asarray(also, dtype=bool)
    if count := int(keep.sum() - selected.sum()):
        basis.left_out[reason] += count
    return selected


def check_history(log: pd.DataFrame, fields: Iterable[str]) -> None:
    """Raise NoHistory if the log cannot answer for these fields."""
    facts = log.attrs.get("tracker") or {}
    only, types = facts.get("fields"), facts.get("types")
    if only and (lacking := set(fields) - set(only)):
        raise NoHistory(f"the log was fetched without {min(lacking)}", hint="Name it in fields= of t.changelog(…).")
    if types and not set(types) >= _CHANGES:
        raise NoHistory(f"the log has only entries of type {', '.join(types)}", hint="Fetch it without types=.")
    if len(log) and not only and not (log["type"] == "IssueCreated").any():
        raise NoHistory("the log has no creation entries", hint="Fetch it with t.changelog(issues), without types=.")


def describe(
    result: pd.DataFrame, basis: Basis, definition: str, *, n: int, items: pd.DataFrame | None = None, **facts: Any
) -> pd.DataFrame:
    """Return the result with `attrs["definition"]` and `attrs["flow"]`, which is plain JSON with these facts, too."""
    result.attrs["definition"] = definition
    result.attrs["flow"] = {
        "metric": basis.metric,
        "policy": basis.policy.as_json(),
        "n": n,
        "left_out": dict(basis.left_out),
        "types": _counts(items, "type.key"),
        "resolutions": _counts(items, "resolution.key"),
        "now": f"{basis.now}+00:00",
        "tz": basis.tz,
        "url": basis.url,
        **facts,
    }
    return result


def column(frame: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """Return a column. Raises BadOption, which says how to keep it, if the frame has none of this name."""
    if name not in frame.columns:
        field_name = name.rsplit(".", 1)[0] if name.endswith(_COMPANIONS) else name
        hint = f'Items carry what keep= names: keep=["{field_name}", …].' if "started" in frame.columns else ""
        raise BadOption(f"the frame has no column {name!r}", hint=hint or nearest(name, frame.columns))
    return frame[name]


def companion(frame: pd.DataFrame, name: str) -> str | None:
    """Return the name of the column beside a field's that holds its key or id (of `queue`, its display)."""
    known = [f"{name}{ending}" for ending in _COMPANIONS]
    return next((each for each in known if each in frame.columns or each in _ISSUE_COLUMNS), None)


def with_companions(frame: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """Return the names, each followed by its companion if the frame has one."""
    wanted = [[name, *([beside] if (beside := companion(frame, name)) in frame.columns else [])] for name in names]
    return list(dict.fromkeys(each for group in wanted for each in group if each is not None))


def key_frame(issues: pd.DataFrame, rows: Any = slice(None)) -> pd.DataFrame:
    """Return a frame of the keys of these rows, to which a result adds its columns."""
    return pd.DataFrame({"key": issues["key"].array[rows]})


def keep_columns(result: pd.DataFrame, issues: pd.DataFrame, keep: Sequence[str], rows: Any = slice(None)) -> None:
    """Add the columns to keep of these rows; those of the default may be missing, and none comes twice."""
    if tuple(keep) in {KEEP, KEEP_OF_SNAPSHOT}:
        keep = [name for name in keep if name in issues.columns]
    for name in keep:
        column(issues, name)
    for name in with_companions(issues, keep):
        if name not in result.columns:
            result[name] = issues[name].array[rows]


def names_list(names: str | Iterable[str]) -> list[str]:
    """Return names given as a list or a comma-separated text."""
    return [part.strip() for part in names.split(",")] if isinstance(names, str) else list(names)


def as_utc(values: "pd.Series[Any]") -> "Moments":
    """Return moments in UTC without a zone; those without a zone are in UTC already."""
    if not isinstance(values.dtype, np.dtype | pd.DatetimeTZDtype) or values.dtype == object:
        values = pd.to_datetime(values, utc=True)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    return values.to_numpy(dtype="datetime64[us]")


def read_moment(value: Now, tz: str) -> np.datetime64:
    """Return a moment in UTC; without a zone it is one of `tz`. Raises BadOption for anything else."""
    try:
        stamp = pd.to_datetime(pd.Series([value], dtype=object), utc=False)
    except (TypeError, ValueError):
        stamp = pd.Series([pd.NaT])
    if stamp.isna().any():
        raise BadOption(f"{value!r} is no moment", hint='Write a day "2026-11-01", a datetime or a Timestamp.')
    has_zone = isinstance(stamp.dtype, pd.DatetimeTZDtype)
    moments = as_utc(stamp) if has_zone else local_midnights(stamp.to_numpy(), tz)
    return np.datetime64(moments[0], "us")


def elapsed_days(starts: "Moments", ends: "Moments") -> "Durations":
    """Return the days of 24 hours between moments, NaN if one is missing."""
    days = (ends - starts) / np.timedelta64(DAY_US, "us")
    return np.asarray(days, dtype=np.float64)


def texts(values: "NDArray[Any]", codes: "NDArray[np.intp]") -> Any:
    """Return the texts of codes as a pandas array; -1 is missing."""
    return pd.array(np.append(values.astype(object), [np.nan])[codes], dtype=TEXT)


_ISSUE_COLUMNS: Final = frozenset(each.name for each in FRAMES["issues"])


def _zone(frame: pd.DataFrame | None) -> str | None:
    for name in ("createdAt", "at", "started", "entered", "start"):
        if isinstance(frame, pd.DataFrame) and name in frame.columns:
            dtype = frame[name].dtype
            if isinstance(dtype, pd.DatetimeTZDtype):
                return str(dtype.tz)
    return None


def _web_address(frame: pd.DataFrame | None) -> str | None:
    """The address of the tracker's web interface, without the search that the frame is the result of."""
    if not isinstance(frame, pd.DataFrame):  # its function says so
        return None
    return web_origin((frame.attrs.get("tracker") or frame.attrs.get("flow") or {}).get("url"))


def _fetched_at(frame: pd.DataFrame | None) -> str | None:
    if not isinstance(frame, pd.DataFrame):  # its function says so
        return None
    facts = frame.attrs.get("flow") or {}
    return facts.get("now") or (frame.attrs.get("tracker") or {}).get("fetched_at")


def _counts(items: pd.DataFrame | None, name: str) -> dict[str, int]:
    if items is None or name not in items.columns:
        return {}
    return {str(key): int(count) for key, count in items[name].fillna("").value_counts().items()}
