"""The words that parameters of flow can be, in a module of their own: it imports no pandas, which takes long.

Completion in a notebook offers them before anything else was imported.
"""

from typing import Final, Literal, get_args

CalendarPeriod = Literal["day", "week", "month", "quarter", "year"]
PERIODS: Final = (*get_args(CalendarPeriod), "sprint")
# How the past is drawn.
History = Literal["as_it_was", "last_entry"]
# Of a policy.
Back = Literal["keep", "restart"]
Reopen = Literal["last", "first", "sum"]
NeverStarted = Literal["leave_out", "zero"]
Count = Literal["elapsed", "inclusive", "working"]
