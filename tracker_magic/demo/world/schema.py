"""The dictionaries that every world shares: fields, priorities, resolutions, link types, statuses, types."""

from collections.abc import Iterable

from tracker_magic.demo.model import Entry, FieldDef, LinkType, World

NO_LICENCE_GROUP = "9"  # its members have no licence: they may only read

# id, Russian, English, type, flags: m = many-valued, r = read-only, q = required
_SYSTEM = """
key|Ключ|Key|string|rq
summary|Задача|Summary|string|q
description|Описание|Description|text|
queue|Очередь|Queue|queue|rq
previousQueue|Предыдущая очередь|Previous queue|queue|r
type|Тип|Type|issuetype|q
priority|Приоритет|Priority|priority|q
status|Статус|Status|status|rq
previousStatus|Предыдущий статус|Previous status|status|r
statusType|Тип статуса|Status type|statusType|r
statusStartTime|В статусе с|Status start time|datetime|r
resolution|Резолюция|Resolution|resolution|
assignee|Исполнитель|Assignee|user|
createdBy|Автор|Author|user|q
createdAt|Создана|Created|datetime|rq
updatedBy|Кем изменена|Modifier|user|rq
updatedAt|Обновлена|Updated|datetime|rq
resolvedBy|Кем решена|Resolver|user|r
resolvedAt|Решена|Resolved|datetime|r
lastCommentUpdatedAt|Последний комментарий|Last comment|datetime|r
previousStatusLastAssignee|Исполнитель в предыдущем статусе|Last assignee in previous status|user|r
pendingReplyFrom|Ждём ответа от|Pending reply from|user|m
followers|Наблюдатели|Followers|user|m
followingMaillists|Рассылки-наблюдатели|Following mailing lists|maillist|m
followingGroups|Группы-наблюдатели|Following groups|group|m
access|Доступ|Access|user|m
parent|Родительская задача|Parent issue|issue|
epic|Эпик|Epic|issue|
aliases|Прежние ключи|Aliases|string|m
tags|Теги|Tags|string|m
sprint|Спринт|Sprint|sprint|
boards|Доски|Boards|board|m
components|Компоненты|Components|component|m
fixVersions|Исправить в версиях|Fix version|version|m
affectedVersions|Найдено в версиях|Affected version|version|m
project|Проект|Project|project|
start|Дата начала|Start date|date|
end|Дата завершения|End date|date|
deadline|Дедлайн|Deadline|date|
storyPoints|Story Points|Story Points|float|
originalEstimation|Первоначальная оценка|Original estimate|timetracking|
estimation|Оценка|Estimate|timetracking|
spent|Затрачено времени|Time spent|timetracking|r
votes|Голоса|Votes|integer|r
favorite|Избранное|Favorite|boolean|r
unique|Уникальный идентификатор|Unique id|string|
version|Версия|Version|integer|r
commentWithExternalMessageCount|Внешних писем|External messages|integer|r
commentWithoutExternalMessageCount|Комментариев|Comments|integer|r
checklistItems|Чек-лист|Checklist|checklistItem|mr
checklistDone|Выполнено в чек-листе|Checklist done|integer|r
checklistTotal|Пунктов в чек-листе|Checklist total|integer|r
emailFrom|Письмо от|Email from|string|r
emailTo|Письмо кому|Email to|string|r
emailCc|Копия письма|Email cc|string|mr
emailCreatedBy|Автор письма|Email created by|string|r
ranks|Ранги|Ranks|rank|r
sla|SLA|SLA|sla|mr
messengerId|Чат|Messenger id|string|r
"""

_GLOBAL = """
qaEngineer|Тестировщик|QA engineer|user|
customer|Заказчик|Customer|string|
customGlobalField|Каналы|Channels|string|m
questionForPartner|Вопрос партнёру|Question for partner|text|
amountOfWords|Количество слов|Amount of words|integer|
baselineSpend|Плановые расходы|Baseline spend|money|
setOfTasks|Набор задач|Set of tasks|translation|
"""

CUSTOMERS = ("Север", "Полюс", "Гранит", "Ладья", "Orbit", "Northwind", "Mercury", "Внутренний заказчик")
CHANNELS = ("Сайт", "Приложение", "Касса", "Партнёры", "API")
_OPTIONS: dict[str, tuple[str | int, ...]] = {"customer": CUSTOMERS, "customGlobalField": CHANNELS}

# key, Russian, English, type (nothing: a custom status without a type)
_STATUSES = """
open|Открыт|Open|new
new|Новый|New|new
backlog|Бэклог|Backlog|new
selectedForDev|Будет сделано|Selected for development|new
inProgress|В работе|In progress|inProgress
inReview|Ревью|In review|inProgress
testing|Тестируется|Testing|inProgress
readyForTest|Можно тестировать|Ready for test|inProgress
triage|Разбор|Triage|inProgress
sketch|Эскиз|Sketch|inProgress
monitoring|Наблюдение|Monitoring|inProgress
rc|Готово к релизу|Release candidate|
needInfo|Требуется информация|Need info|paused
onHold|Приостановлен|On hold|paused
waiting|Ждём поставщика|Waiting for vendor|paused
feedback|Ждём отзыва|Waiting for feedback|paused
reopened|Открыт заново|Reopened|new
resolved|Решён|Resolved|done
approved|Согласован|Approved|done
closed|Закрыт|Closed|done
cancelled|Отменён|Cancelled|cancelled
"""

_TYPES = """
bug|Ошибка|Bug
task|Задача|Task
newFeature|Новая возможность|New feature
improvement|Улучшение|Improvement
story|История|Story
epic|Эпик|Epic
refactoring|Рефакторинг|Refactoring
incident|Инцидент|Incident
serviceRequest|Запрос на обслуживание|Service request
change|Изменение|Change
layout|Макет|Layout
research|Исследование|Research
"""

_PRIORITIES = """
trivial|Незначительный|Trivial
minor|Низкий|Minor
normal|Средний|Normal
critical|Критичный|Critical
blocker|Блокер|Blocker
"""

_RESOLUTIONS = """
fixed|Решён|Fixed
wontFix|Не будет исправлено|Won't fix
cantReproduce|Не воспроизводится|Can't reproduce
duplicate|Дубликат|Duplicate
later|Позже|Later
overfulfilled|Перевыполнен|Overfulfilled
successful|Успешный|Successful
dontDo|Не делаем|Won't do
"""

# id, inward (Russian, English), outward (Russian, English); outward: seen from the parent, epic, original, blocker
_LINK_TYPES = """
relates|Связана с|Relates|Связана с|Relates
depends|Зависит от|Depends on|Блокирует|Is dependent by
subtask|Подзадача|Subtask|Родительская задача|Parent task
duplicates|Дублирует|Duplicates|Дублируется|Is duplicated by
epic|Входит в эпик|Has epic|Эпик для|Is epic of
clone|Клон|Clone|Оригинал|Original
"""


def _rows(table: str) -> list[list[str]]:
    return [line.split("|") for line in table.strip().splitlines()]


def entries(rows: Iterable[tuple[str, str, str, str | None]]) -> dict[str, Entry]:
    """A dictionary by key, numbered in order, from (key, Russian, English, type)."""
    return {
        key: Entry(str(number), key, ru, en, number * 100, kind) for number, (key, ru, en, kind) in enumerate(rows, 1)
    }


def _dictionary(table: str) -> dict[str, Entry]:
    return entries((key, ru, en, (*rest, "")[0] or None) for key, ru, en, *rest in _rows(table))


def _fields(table: str, category: str) -> dict[str, FieldDef]:
    return {
        name: FieldDef(
            name,
            name,
            ru,
            en,
            kind,
            many="m" in flags,
            readonly="r" in flags,
            required="q" in flags,
            options=_OPTIONS.get(name, ()),
            category=category,
        )
        for name, ru, en, kind, flags in _rows(table)
    }


def system_fields() -> dict[str, FieldDef]:
    """The fields of every organisation (TRACKER_API 4.3)."""
    return _fields(_SYSTEM, "system")


def dress(world: World) -> World:
    """Give an empty world the shared dictionaries and fields; the same world again."""
    world.fields = system_fields() | _fields(_GLOBAL, "custom")
    world.statuses = _dictionary(_STATUSES)
    world.types = _dictionary(_TYPES)
    world.priorities = _dictionary(_PRIORITIES)
    world.resolutions = _dictionary(_RESOLUTIONS)
    world.link_types = link_types()
    return world


def link_types() -> dict[str, LinkType]:
    """The kinds of link of every organisation, by id."""
    return {
        name: LinkType(name, in_ru, in_en, out_ru, out_en) for name, in_ru, in_en, out_ru, out_en in _rows(_LINK_TYPES)
    }
