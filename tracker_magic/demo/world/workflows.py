"""Workflow of each queue: its statuses, how long issues stay in them, where they go next and how often."""

from dataclasses import dataclass
from math import log

# Each line: status, median hours, sigma of their logarithm | next status and its probability, …
# Where the probabilities add up to less than 1, the remaining issues stay in the status for good.
_DEV = """
open 120 1.3 | selectedForDev .44 inProgress .38 needInfo .05 cancelled .07
selectedForDev 60 1.0 | inProgress .94 open .03 cancelled .03
inProgress 34 .9 | inReview .77 testing .08 needInfo .09 onHold .04 cancelled .02
needInfo 60 1.0 | inProgress .77 open .15 cancelled .08
onHold 150 .8 | inProgress .86 cancelled .14
inReview 15 .9 | testing .70 inProgress .24 closed .06
testing 15 .8 | rc .60 closed .22 inProgress .18
rc 40 .6 | closed .94 inProgress .06
closed 150 1.1 | reopened .05
reopened 16 .8 | inProgress .87 closed .10 cancelled .03
cancelled 100 1.0 | reopened .02
"""
_OPS = """
new 4 1.3 | triage .70 inProgress .25 cancelled .03
triage 3 .9 | inProgress .83 waiting .06 resolved .07 cancelled .04
inProgress 10 1.1 | resolved .66 waiting .17 monitoring .15 cancelled .02
waiting 90 .9 | inProgress .92 cancelled .08
monitoring 40 .5 | resolved .88 inProgress .12
resolved 60 .6 | closed .93 inProgress .07
closed 90 1.0 | reopened .03
reopened 4 .9 | inProgress 1
cancelled 90 1.0 | reopened .01
"""
_DESIGN = """
backlog 150 1.2 | sketch .74 inProgress .14 cancelled .06
sketch 30 .8 | inProgress .92 backlog .05 cancelled .03
inProgress 40 .8 | feedback .87 onHold .10 cancelled .03
onHold 120 .7 | inProgress .88 cancelled .12
feedback 45 .9 | approved .66 inProgress .32 cancelled .02
approved 20 .7 | closed .95 inProgress .05
closed 150 1.0 | inProgress .03
cancelled 90 1.0 | backlog .02
"""
_SEC = """
open 40 1.0 | inProgress .9 cancelled .1
inProgress 30 .9 | closed .95 needInfo .05
needInfo 40 .8 | inProgress 1
closed 90 1.0 | inProgress .03
cancelled 90 1.0 | open .01
"""

# Target status of a transition: the transition's id, Russian and English name.
_TRANSITIONS = {
    "open": ("to_open", "Открыть", "Open"),
    "selectedForDev": ("select", "Взять в план", "Select for development"),
    "inProgress": ("start_progress", "В работу", "Start progress"),
    "inReview": ("to_review", "На ревью", "To review"),
    "testing": ("to_testing", "Тестировать", "Test"),
    "rc": ("to_rc", "Готово к релизу", "Ready for release"),
    "needInfo": ("need_info", "Запросить информацию", "Need info"),
    "onHold": ("hold", "Приостановить", "Put on hold"),
    "closed": ("close", "Закрыть", "Close"),
    "cancelled": ("cancel", "Отменить", "Cancel"),
    "reopened": ("reopen", "Переоткрыть", "Reopen"),
    "triage": ("triage", "Разобрать", "Triage"),
    "waiting": ("wait", "Ждать поставщика", "Wait for vendor"),
    "monitoring": ("monitor", "Наблюдать", "Monitor"),
    "resolved": ("resolve", "Решить", "Resolve"),
    "backlog": ("to_backlog", "В бэклог", "To backlog"),
    "sketch": ("sketch", "Набросать", "Sketch"),
    "feedback": ("ask_feedback", "Показать", "Ask for feedback"),
    "approved": ("approve", "Согласовать", "Approve"),
}

Transitions = dict[str, tuple[tuple[str, str, str, str], ...]]
WORKING_STATUSES = frozenset({"inProgress", "sketch", "inReview", "testing", "triage"})
"""Statuses in which people work on an issue, and so log time."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A status of a workflow; `next_statuses` holds (status, cumulative probability)."""

    log_hours: float  # logarithm of the median duration in hours
    sigma: float
    next_statuses: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Workflow:
    """Stages of a queue by status, the initial one first."""

    stages: dict[str, Stage]

    @property
    def initial_status(self) -> str:
        """Status of a new issue."""
        return next(iter(self.stages))

    def transitions(self) -> Transitions:
        """Transitions by status, in the form of `Queue.workflow`."""
        return {
            status: tuple((*_TRANSITIONS[target], target) for target, _ in stage.next_statuses)
            for status, stage in self.stages.items()
        }


def _parse_workflow(table: str) -> Workflow:
    stages = {}
    for line in table.strip().splitlines():
        left, right = line.split(" | ")
        status, hours, sigma = left.split()
        words, total, next_statuses = right.split(), 0.0, []
        for target, probability in zip(words[::2], words[1::2], strict=True):
            total += float(probability)
            next_statuses.append((target, round(total, 6)))
        stages[status] = Stage(log(float(hours)), float(sigma), tuple(next_statuses))
    return Workflow(stages)


WORKFLOWS = {
    "DEV": _parse_workflow(_DEV),
    "OPS": _parse_workflow(_OPS),
    "DESIGN": _parse_workflow(_DESIGN),
    "SEC": _parse_workflow(_SEC),
}
