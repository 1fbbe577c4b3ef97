"""What an issue has beside its way along the workflow: its first values, later edits, files, checklists, votes."""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from tracker_magic.demo.issue_lists import ChecklistItem
from tracker_magic.demo.world.casting import Cast
from tracker_magic.demo.world.chronicle import moment
from tracker_magic.demo.world.draft import Draft
from tracker_magic.demo.world.schema import CHANNELS, CUSTOMERS
from tracker_magic.demo.world.texts import Writer, chance, pick
from tracker_magic.demo.world.timing import DAY, at_work
from tracker_magic.demo.world.vocabulary import TAGS, TEAMS

_PRIORITIES = (("normal", 0.58), ("minor", 0.76), ("critical", 0.92), ("blocker", 0.96), ("trivial", 1.0))
_POINTS = (0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 8.0, 13.0)
_ESTIMATES = (7200, 14_400, 28_800, 57_600, 86_400, 144_000, 230_400)  # working seconds
_TEXT_FILE = b"2024-05-14T03:12:07Z ERROR checkout: timeout after 30 s\n2024-05-14T03:12:09Z INFO retry 1 of 3\n"
_PNG_FILE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
_FILES = (("лог.txt", "text/plain", _TEXT_FILE), ("screenshot.png", "image/png", _PNG_FILE))
_PLATFORMS = ("web", "iOS", "Android", "касса")
_SURFACES = ("Сайт", "Приложение", "Письма", "Киоск")
_CHECKS = ("Описать", "Согласовать", "Проверить на стенде", "Обновить инструкцию", "Tell support", "Remove the flag")
_TOLD = ("assignee", "priority", "tags", "components", "deadline", "followers", "storyPoints", "sprint")

Maker = Callable[[Random, Cast, int], Any]

# field → share of issues that have it from the start, and how its value is made
_FIRST: dict[str, tuple[float, Maker]] = {
    "tags": (0.45, lambda rng, _cast, _ms: rng.sample(TAGS, 1 + int(rng.random() * 3))),
    "components": (0.6, lambda rng, cast, _ms: [pick(rng, cast.components)]),
    "storyPoints": (0.3, lambda rng, _cast, _ms: pick(rng, _POINTS)),
    "deadline": (0.15, lambda rng, _cast, ms: _day(ms + int((5 + 40 * rng.random()) * DAY))),
    "start": (0.1, lambda rng, _cast, ms: _day(ms + int(10 * rng.random() * DAY))),
    "end": (0.1, lambda rng, _cast, ms: _day(ms + int((11 + 30 * rng.random()) * DAY))),
    "followers": (0.35, lambda rng, cast, _ms: rng.sample(cast.everybody, 1 + int(rng.random() * 3))),
    "project": (0.2, lambda rng, cast, _ms: rng.sample(cast.projects, 1 + chance(rng, 0.15))),
    "customer": (0.15, lambda rng, _cast, _ms: pick(rng, CUSTOMERS)),
    "customGlobalField": (0.08, lambda rng, _cast, _ms: rng.sample(CHANNELS, 1 + int(rng.random() * 2))),
    "questionForPartner": (0.03, lambda _rng, _cast, _ms: "Когда обновите описание API?"),
    "access": (0.02, lambda rng, cast, _ms: [pick(rng, cast.everybody)]),
    "unique": (0.05, lambda rng, _cast, _ms: f"import-{rng.getrandbits(48):012x}"),
}
_LOCAL: dict[str, dict[str, tuple[float, Maker]]] = {
    "DEV": {
        "team": (0.8, lambda rng, _cast, _ms: pick(rng, TEAMS)),
        "riskScore": (0.3, lambda rng, _cast, _ms: 1 + int(rng.random() * 100)),
        "coverage": (0.2, lambda rng, _cast, _ms: round(100 * rng.random(), 1)),
        "releaseDate": (0.15, lambda rng, _cast, ms: _day(ms + int(60 * rng.random() * DAY))),
        "reviewer": (0.3, lambda rng, cast, _ms: pick(rng, cast.team)),
        "platforms": (0.4, lambda rng, _cast, _ms: rng.sample(_PLATFORMS, 1 + int(rng.random() * 2))),
    },
    "OPS": {
        "team": (0.6, lambda rng, _cast, _ms: pick(rng, ("Ночная", "Дневная", "Выездная"))),
        "severity": (0.7, lambda rng, _cast, _ms: int(rng.random() * 4)),
        "downtime": (0.25, lambda rng, _cast, _ms: round(rng.expovariate(1.0), 2)),
        "startedAt": (0.3, lambda rng, _cast, ms: moment(ms - int(rng.random() * DAY / 12))),
        "onCall": (0.5, lambda rng, cast, _ms: pick(rng, cast.team)),
    },
    "DESIGN": {
        "mockup": (0.5, lambda rng, _cast, _ms: f"https://mockups.example.com/{rng.getrandbits(32):08x}"),
        "surfaces": (0.5, lambda rng, _cast, _ms: rng.sample(_SURFACES, 1 + int(rng.random() * 3))),
        "showAt": (0.3, lambda rng, _cast, ms: _day(ms + int(30 * rng.random() * DAY))),
    },
    "SEC": {},
}


def _day(ms: int) -> date:
    return moment(ms).date()


def dress(draft: Draft, rng: Random, writer: Writer) -> None:
    """The values an issue is born with."""
    cast, born, values = draft.cast, draft.born, draft.issue.values
    kind, share = cast.kind(rng.random()), rng.random()
    values |= {
        "queue": cast.queue,
        "summary": writer.summary(kind),
        "type": kind,
        "priority": next(name for name, up_to in _PRIORITIES if share <= up_to),
        "createdAt": moment(born),
        "createdBy": draft.author,
        "votes": 0,
    }
    if chance(rng, 0.8):
        values["description"] = writer.description()
    for name, (part, make) in _FIRST.items():
        if chance(rng, part) and not (name == "components" and draft.moved_at):
            values[name] = make(rng, cast, born)
    if not draft.moved_at:
        for key, (part, make) in _LOCAL[cast.queue].items():
            if chance(rng, part):
                values[cast.local[key]] = make(rng, cast, born)
    _assign(draft, rng)


def _assign(draft: Draft, rng: Random) -> None:
    """What depends on the type: who takes it, what it may take, where it was found, where it shows."""
    cast, values = draft.cast, draft.issue.values
    if chance(rng, 0.35):
        draft.assignee = values["assignee"] = pick(rng, cast.team)
    if chance(rng, 0.4):
        values["originalEstimation"] = values["estimation"] = pick(rng, _ESTIMATES)
    if cast.boards and not draft.moved_at:
        values["boards"] = cast.boards[: 1 + chance(rng, 0.3)]
    if values["type"] == "bug" and cast.versions and chance(rng, 0.6):
        values["affectedVersions"] = [_version(cast, draft.born - 40 * DAY)]
    if values["type"] == "serviceRequest" and chance(rng, 0.3):
        values["emailFrom"], values["emailTo"] = "partner@example.com", "ops@example.com"
        values["emailCc"] = ["office@example.com"]


def _version(cast: Cast, ms: int) -> str:
    return next((name for due, name in cast.versions if due > ms), cast.versions[-1][1])


def told_at_birth(draft: Draft, rng: Random) -> list[tuple[str, Any]]:
    """First values that the creation event names, taken out of the values so that the event sets them."""
    if not chance(rng, 0.3):
        return []
    values = draft.issue.values
    return [(name, values.pop(name)) for name in _TOLD if name in values and chance(rng, 0.6)]


def plan_updates(draft: Draft, rng: Random, now: int) -> None:
    """Edits during the life, and what needs no event: checklist, favourites."""
    over = min(now, draft.moves[-1][0])
    for plan in (_plan_fields, _plan_files, _plan_votes):
        plan(draft, rng, max(over, draft.born + 60_000))
    if chance(rng, 0.12):
        texts = rng.sample(_CHECKS, 2 + int(rng.random() * 4))
        draft.issue.checklist = [_check(draft, rng, number, text) for number, text in enumerate(texts)]
    if chance(rng, 0.05):
        draft.issue.favorite_of = {draft.cast.everybody[0]} | set(rng.sample(draft.cast.everybody, 1))


def _check(draft: Draft, rng: Random, number: int, text: str) -> ChecklistItem:
    assignee = pick(rng, draft.cast.team) if chance(rng, 0.4) else None
    deadline = _day(draft.born + int(30 * rng.random() * DAY)) if chance(rng, 0.3) else None
    return ChecklistItem(f"{draft.issue.id[:20]}{number:04x}", text, chance(rng, 0.5), assignee, deadline)


def _plan_fields(draft: Draft, rng: Random, over: int) -> None:
    cast, values = draft.cast, draft.issue.values

    def edit(share: float, *changes: tuple[str, Any]) -> None:
        if chance(rng, share):
            ms = at_work(rng, draft.born + 60_000 + int(rng.random() * (over - draft.born)), cast.habits.shift)
            draft.steps.append((ms, "IssueUpdated", pick(rng, cast.team), list(changes), None))

    edit(0.12, ("priority", pick(rng, _PRIORITIES)[0]))
    edit(0.2, ("tags", [*values.get("tags", []), "ретро"]))
    edit(0.15, ("followers", [*values.get("followers", []), cast.lead]))
    edit(0.12, ("deadline", _day(over + int(20 * rng.random() * DAY))), ("priority", "critical"))
    edit(0.03, ("deadline", None))
    edit(0.3, ("storyPoints", pick(rng, _POINTS)))
    edit(0.06, ("description", values.get("description", "") + "\n\nДополнение: проверить и на планшете."))
    edit(0.04, ("summary", values["summary"] + " (уточнено)"))
    if cast.versions and not draft.moved_at:
        edit(0.35, ("fixVersions", [_version(cast, over)]))
        edit(0.15, ("components", sorted({*values.get("components", []), pick(rng, cast.components)}, key=int)))
    if cast.queue == "DEV":
        tester = next((ms for ms, status in draft.moves if status == "testing"), None)
        if tester is not None and chance(rng, 0.6):
            draft.steps.append((tester + 1, "IssueUpdated", cast.lead, [("qaEngineer", pick(rng, cast.team))], None))
        if draft.moves[-1][1] == "closed" and chance(rng, 0.5):
            at = draft.moves[-1][0] + 120_000
            draft.steps.append((at, "IssueUpdated", cast.lead, [(cast.local["deployedAt"], moment(at))], None))


def _plan_files(draft: Draft, rng: Random, over: int) -> None:
    for file in _FILES:
        if chance(rng, 0.08):
            ms = draft.born + 60_000 + int(rng.random() * (over - draft.born))
            draft.steps.append((ms, "IssueAttachmentAdded", draft.author, [], file))


def _plan_votes(draft: Draft, rng: Random, over: int) -> None:
    if chance(rng, 0.12):
        for voter in rng.sample(draft.cast.everybody, 1 + int(rng.random() * 4)):
            ms = draft.born + 60_000 + int(rng.random() * (over - draft.born))
            draft.steps.append((ms, "IssueVoteAdded", voter, [], None))
