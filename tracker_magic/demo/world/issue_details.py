"""Everything about an issue but its way through the workflow: initial values, edits, files, checklist, votes."""

from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

from tracker_magic.demo.issue_lists import ChecklistItem
from tracker_magic.demo.world.planning import IssuePlan, PlannedEvent, QueueProfile
from tracker_magic.demo.world.sampling import DAY, MINUTE, chance, from_milliseconds, pick, working_time
from tracker_magic.demo.world.schema import CHANNELS, CUSTOMERS
from tracker_magic.demo.world.text_generator import TextGenerator
from tracker_magic.demo.world.vocabulary import TAGS, TEAMS

_PRIORITIES = (("normal", 0.58), ("minor", 0.76), ("critical", 0.92), ("blocker", 0.96), ("trivial", 1.0))
_STORY_POINTS = (0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 8.0, 13.0)
_ESTIMATES = (7200, 14_400, 28_800, 57_600, 86_400, 144_000, 230_400)  # working seconds
_TEXT_FILE = b"2024-05-14T03:12:07Z ERROR checkout: timeout after 30 s\n2024-05-14T03:12:09Z INFO retry 1 of 3\n"
_PNG_FILE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
_FILES = (("лог.txt", "text/plain", _TEXT_FILE), ("screenshot.png", "image/png", _PNG_FILE))
_PLATFORMS = ("web", "iOS", "Android", "касса")
_SURFACES = ("Сайт", "Приложение", "Письма", "Киоск")
_CHECKLIST_TEXTS = (
    "Описать",
    "Согласовать",
    "Проверить на стенде",
    "Обновить инструкцию",
    "Tell support",
    "Remove the flag",
)
_CREATION_FIELDS = ("assignee", "priority", "tags", "components", "deadline", "followers", "storyPoints", "sprint")

ValueFactory = Callable[[Random, QueueProfile, int], Any]

# Field → share of new issues that have it, and how its value is drawn.
_GLOBAL_FIELDS: dict[str, tuple[float, ValueFactory]] = {
    "tags": (0.45, lambda rng, _profile, _ms: rng.sample(TAGS, 1 + int(rng.random() * 3))),
    "components": (0.6, lambda rng, profile, _ms: [pick(rng, profile.components)]),
    "storyPoints": (0.3, lambda rng, _profile, _ms: pick(rng, _STORY_POINTS)),
    "deadline": (0.15, lambda rng, _profile, ms: _day(ms + int((5 + 40 * rng.random()) * DAY))),
    "start": (0.1, lambda rng, _profile, ms: _day(ms + int(10 * rng.random() * DAY))),
    "end": (0.1, lambda rng, _profile, ms: _day(ms + int((11 + 30 * rng.random()) * DAY))),
    "followers": (0.35, lambda rng, profile, _ms: rng.sample(profile.all_people, 1 + int(rng.random() * 3))),
    "project": (0.2, lambda rng, profile, _ms: rng.sample(profile.projects, 1 + chance(rng, 0.15))),
    "customer": (0.15, lambda rng, _profile, _ms: pick(rng, CUSTOMERS)),
    "customGlobalField": (0.08, lambda rng, _profile, _ms: rng.sample(CHANNELS, 1 + int(rng.random() * 2))),
    "questionForPartner": (0.03, lambda _rng, _profile, _ms: "Когда обновите описание API?"),
    "access": (0.02, lambda rng, profile, _ms: [pick(rng, profile.all_people)]),
    "unique": (0.05, lambda rng, _profile, _ms: f"import-{rng.getrandbits(48):012x}"),
}
_LOCAL_FIELDS: dict[str, dict[str, tuple[float, ValueFactory]]] = {
    "DEV": {
        "team": (0.8, lambda rng, _profile, _ms: pick(rng, TEAMS)),
        "riskScore": (0.3, lambda rng, _profile, _ms: 1 + int(rng.random() * 100)),
        "coverage": (0.2, lambda rng, _profile, _ms: round(100 * rng.random(), 1)),
        "releaseDate": (0.15, lambda rng, _profile, ms: _day(ms + int(60 * rng.random() * DAY))),
        "reviewer": (0.3, lambda rng, profile, _ms: pick(rng, profile.team)),
        "platforms": (0.4, lambda rng, _profile, _ms: rng.sample(_PLATFORMS, 1 + int(rng.random() * 2))),
    },
    "OPS": {
        "team": (0.6, lambda rng, _profile, _ms: pick(rng, ("Ночная", "Дневная", "Выездная"))),
        "severity": (0.7, lambda rng, _profile, _ms: int(rng.random() * 4)),
        "downtime": (0.25, lambda rng, _profile, _ms: round(rng.expovariate(1.0), 2)),
        "startedAt": (0.3, lambda rng, _profile, ms: from_milliseconds(ms - int(rng.random() * DAY / 12))),
        "onCall": (0.5, lambda rng, profile, _ms: pick(rng, profile.team)),
    },
    "DESIGN": {
        "mockup": (0.5, lambda rng, _profile, _ms: f"https://mockups.example.com/{rng.getrandbits(32):08x}"),
        "surfaces": (0.5, lambda rng, _profile, _ms: rng.sample(_SURFACES, 1 + int(rng.random() * 3))),
        "showAt": (0.3, lambda rng, _profile, ms: _day(ms + int(30 * rng.random() * DAY))),
    },
    "SEC": {},
}


def _day(ms: int) -> date:
    return from_milliseconds(ms).date()


def set_initial_values(plan: IssuePlan, rng: Random, texts: TextGenerator) -> None:
    """Give a new issue the values it is created with."""
    profile, created, values = plan.profile, plan.created_ms, plan.issue.values
    issue_type, share = plan.type or profile.type_at(rng.random()), rng.random()
    values |= {
        "queue": profile.queue,
        "summary": texts.summary(issue_type),
        "type": issue_type,
        "priority": next(name for name, up_to in _PRIORITIES if share <= up_to),
        "createdAt": from_milliseconds(created),
        "createdBy": plan.author,
        "votes": 0,
    }
    if chance(rng, 0.8):
        values["description"] = texts.description()
    _set_optional_fields(plan, rng)
    _set_assignee_and_estimate(plan, rng)
    _set_values_of_type(plan, rng)


def _set_optional_fields(plan: IssuePlan, rng: Random) -> None:
    """Set some fields; an issue that will move has neither components nor local fields: they belong to a queue."""
    profile, created, values = plan.profile, plan.created_ms, plan.issue.values
    for name, (probability, draw) in _GLOBAL_FIELDS.items():
        if chance(rng, probability) and not (name == "components" and plan.moved_ms):
            values[name] = draw(rng, profile, created)
    if not plan.moved_ms:
        for key, (probability, draw) in _LOCAL_FIELDS[profile.queue].items():
            if chance(rng, probability):
                values[profile.local_fields[key]] = draw(rng, profile, created)


def _set_assignee_and_estimate(plan: IssuePlan, rng: Random) -> None:
    profile, values = plan.profile, plan.issue.values
    if chance(rng, 0.35):
        plan.assignee = values["assignee"] = pick(rng, profile.team)
    if chance(rng, 0.4):
        values["originalEstimation"] = values["estimation"] = pick(rng, _ESTIMATES)
    if profile.boards and not plan.moved_ms:
        values["boards"] = profile.boards[: 1 + chance(rng, 0.3)]


def _set_values_of_type(plan: IssuePlan, rng: Random) -> None:
    profile, values = plan.profile, plan.issue.values
    if values["type"] == "bug" and profile.versions and chance(rng, 0.6):
        values["affectedVersions"] = [_version_at(profile, plan.created_ms - 40 * DAY)]
    if values["type"] == "serviceRequest" and chance(rng, 0.3):
        values["emailFrom"], values["emailTo"] = "partner@example.com", "ops@example.com"
        values["emailCc"] = ["office@example.com"]


def _version_at(profile: QueueProfile, ms: int) -> str:
    """Id of the version that is due next at that time."""
    return next((name for due, name in profile.versions if due > ms), profile.versions[-1][1])


def take_creation_changes(plan: IssuePlan, rng: Random) -> list[tuple[str, Any]]:
    """Remove some initial values and return them as changes, so that the creation event sets them."""
    if not chance(rng, 0.3):
        return []
    values = plan.issue.values
    return [(name, values.pop(name)) for name in _CREATION_FIELDS if name in values and chance(rng, 0.6)]


def plan_edits(plan: IssuePlan, rng: Random, now: int) -> None:
    """Plan edits, files and votes; set the checklist and the favourites, which need no event."""
    end = max(min(now, plan.moves[-1][0]), plan.created_ms + MINUTE)
    _plan_field_edits(plan, rng, end)
    _plan_tags(plan, rng, end)
    _plan_transition_edits(plan, rng)
    _plan_files(plan, rng, end)
    _plan_votes(plan, rng, end)
    if chance(rng, 0.12):
        texts = rng.sample(_CHECKLIST_TEXTS, 2 + int(rng.random() * 4))
        plan.issue.checklist = [_checklist_item(plan, rng, number, text) for number, text in enumerate(texts)]
    if chance(rng, 0.05):
        people = plan.profile.all_people
        plan.issue.favorite_of = {people[0]} | set(rng.sample(people, 1))


def _checklist_item(plan: IssuePlan, rng: Random, number: int, text: str) -> ChecklistItem:
    assignee = pick(rng, plan.profile.team) if chance(rng, 0.4) else None
    deadline = _day(plan.created_ms + int(30 * rng.random() * DAY)) if chance(rng, 0.3) else None
    return ChecklistItem(f"{plan.issue.id[:20]}{number:04x}", text, chance(rng, 0.5), assignee, deadline)


def _random_time(plan: IssuePlan, rng: Random, end: int) -> int:
    """Draw a time in the life of the issue."""
    return plan.created_ms + MINUTE + int(rng.random() * (end - plan.created_ms))


def _plan_field_edits(plan: IssuePlan, rng: Random, end: int) -> None:
    profile, values = plan.profile, plan.issue.values

    def edit(probability: float, *changes: tuple[str, Any]) -> None:
        if chance(rng, probability):
            at_ms = working_time(rng, _random_time(plan, rng, end), profile.habits.odd_hours)
            plan.events.append(PlannedEvent(at_ms, "IssueUpdated", pick(rng, profile.team), list(changes)))

    edit(0.12, ("priority", pick(rng, _PRIORITIES)[0]))
    edit(0.15, ("followers", [*values.get("followers", []), profile.lead]))
    edit(0.12, ("deadline", _day(end + int(20 * rng.random() * DAY))), ("priority", "critical"))
    edit(0.03, ("deadline", None))
    edit(0.3, ("storyPoints", pick(rng, _STORY_POINTS)))
    edit(0.06, ("description", values.get("description", "") + "\n\nДополнение: проверить и на планшете."))
    edit(0.04, ("summary", values["summary"] + " (уточнено)"))
    if profile.versions and not plan.moved_ms:
        edit(0.35, ("fixVersions", [_version_at(profile, end)]))
        components = {*values.get("components", []), pick(rng, profile.components)}
        edit(0.15, ("components", sorted(components, key=int)))


def _plan_tags(plan: IssuePlan, rng: Random, end: int) -> None:
    """Plan tags that come and go: `ретро`, and `blocked` while work has to wait."""
    steps = [(begin, "blocked", True) for begin, _ in plan.blocked]
    steps += [(finish, "blocked", False) for _, finish in plan.blocked]
    if chance(rng, 0.2):
        steps.append((_random_time(plan, rng, end), "ретро", True))
    tags = plan.issue.values.get("tags", [])
    for at_ms, tag, is_added in sorted(steps):
        tags = [*tags, tag] if is_added else [each for each in tags if each != tag]
        author = plan.assignee or plan.author
        plan.events.append(PlannedEvent(at_ms, "IssueUpdated", author, [("tags", tags or None)]))


def _plan_transition_edits(plan: IssuePlan, rng: Random) -> None:
    """Plan the edits of DEV that follow a transition: a tester when testing starts, the deployment after closing."""
    profile = plan.profile
    if profile.queue != "DEV":
        return
    testing_ms = next((ms for ms, status in plan.moves if status == "testing"), None)
    if testing_ms is not None and chance(rng, 0.6):
        changes = [("qaEngineer", pick(rng, profile.team))]
        plan.events.append(PlannedEvent(testing_ms + 1, "IssueUpdated", profile.lead, changes))
    last_ms, last_status = plan.moves[-1]
    if last_status == "closed" and chance(rng, 0.5):
        at_ms = last_ms + 2 * MINUTE
        deployed: list[tuple[str, Any]] = [(profile.local_fields["deployedAt"], from_milliseconds(at_ms))]
        plan.events.append(PlannedEvent(at_ms, "IssueUpdated", profile.lead, deployed))


def _plan_files(plan: IssuePlan, rng: Random, end: int) -> None:
    for file in _FILES:
        if chance(rng, 0.08):
            at_ms = _random_time(plan, rng, end)
            plan.events.append(PlannedEvent(at_ms, "IssueAttachmentAdded", plan.author, payload=file))


def _plan_votes(plan: IssuePlan, rng: Random, end: int) -> None:
    if chance(rng, 0.12):
        for voter in rng.sample(plan.profile.all_people, 1 + int(rng.random() * 4)):
            plan.events.append(PlannedEvent(_random_time(plan, rng, end), "IssueVoteAdded", voter))
