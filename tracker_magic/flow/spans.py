"""Spans of time of issues, as arrays: how long they are together, and what they have in common."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tracker_magic.flow.basis import Basis, Durations, Moments
    from tracker_magic.flow.stretches import Codes


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of time, each of the issue at a position; `ended` may be NaT if nothing is measured."""

    issue: "Codes"
    begun: "Moments"
    ended: "Moments"

    def at(self, chosen: "NDArray[Any]") -> "Spans":
        """Return the chosen ones."""
        return Spans(self.issue[chosen], self.begun[chosen], self.ended[chosen])

    def sums(self, basis: "Basis", count: int) -> "Durations":
        """Return the days of each of `count` issues."""
        days = basis.days(self.begun, self.ended)
        return np.bincount(self.issue, weights=days, minlength=count).astype(np.float64)

    def overlap(self, other: "Spans") -> "Spans":
        """Return what these spans have in common with others of the same issue, which do not overlap each other."""
        return self.pairs(other)[0]

    def pairs(self, other: "Spans") -> "tuple[Spans, Codes, Codes]":
        """Return what each pair of spans of one issue has in common, and the positions of the two."""
        mine, others = pd.DataFrame({"issue": self.issue}), pd.DataFrame({"issue": other.issue})
        pairs = mine.reset_index().merge(others.reset_index(), on="issue", suffixes=("", "_other"))
        here, there = pairs["index"].to_numpy(np.intp), pairs["index_other"].to_numpy(np.intp)
        begun = np.maximum(self.begun[here], other.begun[there])
        ended = np.minimum(self.ended[here], other.ended[there])
        common = np.flatnonzero(begun < ended)
        here, there = here[common], there[common]
        return Spans(self.issue[here], begun[common], ended[common]), here, there
