"""Dictionaries that every world has: fields, statuses, issue types, priorities, resolutions, link types."""

from tracker_magic.demo.model import Entry, FieldDef, LinkType, World

NO_LICENCE_GROUP = "9"
"""Id of the group whose members have no licence: they may only read."""

# Id, Russian name, English name, type, flags: m = many-valued, r = read-only, q = required.
_SYSTEM_FIELDS = """
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

_CUSTOM_FIELDS = """
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

# Key, Russian name, English name, type; some custom statuses have none.
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

# Id, inward name in Russian and English, outward name in both.
# The outward name is shown at the parent, epic, original or blocker.
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


def _dictionary(table: str) -> dict[str, Entry]:
    """Entries of a dictionary by key, with ids and order as in the table."""
    return {
        key: Entry(str(number), key, ru, en, number * 100, "".join(entry_type) or None)
        for number, (key, ru, en, *entry_type) in enumerate(_rows(table), 1)
    }


def _fields(table: str, category: str) -> dict[str, FieldDef]:
    return {
        name: FieldDef(
            name,
            name,
            ru,
            en,
            field_type,
            many="m" in flags,
            readonly="r" in flags,
            required="q" in flags,
            options=_OPTIONS.get(name, ()),
            category=category,
        )
        for name, ru, en, field_type, flags in _rows(table)
    }


def system_fields() -> dict[str, FieldDef]:
    """Return the system fields by id; every organisation has them."""
    return _fields(_SYSTEM_FIELDS, "system")


def link_types() -> dict[str, LinkType]:
    """Return the link types by id; every organisation has them."""
    return {
        name: LinkType(name, in_ru, in_en, out_ru, out_en) for name, in_ru, in_en, out_ru, out_en in _rows(_LINK_TYPES)
    }


def add_schema(world: World) -> None:
    """Add fields and dictionaries to an empty world."""
    world.fields = system_fields() | _fields(_CUSTOM_FIELDS, "custom")
    world.statuses = _dictionary(_STATUSES)
    world.types = _dictionary(_TYPES)
    world.priorities = _dictionary(_PRIORITIES)
    world.resolutions = _dictionary(_RESOLUTIONS)
    world.link_types = link_types()
