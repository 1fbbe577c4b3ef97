"""Phrases that texts are put together from, by language; any combination makes sense."""

PEOPLE = """
kotova Анна Котова|belov Илья Белов|safina Алсу Сафина|grachev Павел Грачёв|orlova Мария Орлова|titov Денис Титов
zimina Вера Зимина|rudenko Олег Руденко|malik Тимур Малик|lapina Софья Лапина|voronin Артём Воронин|sedova Нина Седова
panov Глеб Панов|ershova Дарья Ершова|kuzmin Роман Кузьмин|ivanova Елена Иванова|s.novak Stefan Novak
m.quinn Mary Quinn|j.okafor James Okafor|lebedev Юрий Лебедев|frolova Ксения Фролова|79161234567 Пётр Чернов
gusev Марк Гусев|alieva Лейла Алиева|nikitin Семён Никитин
"""

TEAMS = ("Платформа", "Витрина", "Касса", "Мобильная", "Growth")
TAGS = ("backend", "frontend", "mobile", "регресс", "быстрая-победа", "техдолг", "security", "performance", "ux", "api")

_PLACES_RU = """
Корзина|Оформление заказа|Личный кабинет|Каталог|Поиск|Карточка товара|Избранное|Чек|Возвраты|Программа лояльности
Push-уведомления|Экран входа|Настройки профиля|Отчёт по продажам|Выгрузка в Excel|Импорт прайса|Склад|Админка|Чат
Карта пунктов выдачи|Подписки|Промокоды|Счета для юрлиц|Главная
"""
_SYMPTOMS_RU = """
сумма не пересчитывается|кнопка остаётся неактивной|открывается пустая страница|теряются введённые данные
показывается вчерашний остаток|заголовок налезает на цену|запрос отвечает 500|дата сдвигается на день
дублируется запись|сортировка сбрасывается|загрузка не заканчивается|письмо уходит дважды|пропадает скидка
фильтр не учитывает регион|в номере телефона теряется плюс|не сохраняется адрес|ломается вёрстка таблицы
валюта определяется неверно|картинка грузится в полном размере|ошибка показана по-английски|сессия обрывается
счётчик уходит в минус|подсказка закрывает поле|не работает «Назад»
"""
_CONDITIONS_RU = """
после смены валюты|при медленной сети|если товаров больше ста|в Safari 17|у пользователя без отчества|после полуночи
на узком экране|при оплате частями|после повторного входа|если открыть в двух вкладках|в тёмной теме
для самовывоза|при пустом ответе склада|с включённым блокировщиком рекламы|после обновления приложения
для гостя|если в названии есть апостроф|при переходе из письма|в часовом поясе Владивостока|с промокодом на доставку
"""
_DO_RU = """
Вынести|Ускорить|Покрыть тестами|Переписать|Упростить|Описать|Перенести|Локализовать|Отключить|Добавить|Разделить
Показать|Автоматизировать|Пересмотреть
"""
_WHAT_RU = """
расчёт скидок|выгрузку отчётов|поиск по каталогу|проверку адреса|отправку писем|историю заказов|выбор региона
загрузку картинок|подсказки в поиске|журнал действий|экспорт остатков|проверку промокодов|форму обратной связи
расписание доставки|ленту уведомлений|кэш цен|очередь фоновых задач|права менеджеров|сверку платежей|шаблоны чеков
сбор метрик|регистрацию юрлиц|карту складов|оценку товаров
"""
_WHERE_RU = """
в мобильном приложении|для юрлиц|в админке|на стенде приёмки|для новых регионов|в отдельном сервисе|за флагом
на главной|в кабинете партнёра|для постоянных покупателей|в чате поддержки|без остановки сервиса|перед распродажей
в сервисе оплаты|на планшетах кассиров|в открытом API|для сотрудников склада|в письмах|в версии для слабовидящих
в Казахстане
"""
_WHY_RU = """
чтобы не ждать ночного пересчёта|по просьбе поддержки|потому что старый способ отключают|чтобы сократить ручную работу
по итогам разбора инцидента|нужно до начала сезона|как договорились с финансами|чтобы меньше звонили в поддержку
по требованиям безопасности|иначе не пройдём проверку
"""
_SERVICES_RU = """
платежи|база заказов|очередь писем|шлюз API|поисковый индекс|CDN|балансировщик|сервис авторизации|склад данных
сборочный кластер|хранилище картинок|биллинг|DNS|резервные копии
"""
_TROUBLES_RU = """
растёт задержка ответов|закончилось место на диске|потеряна реплика|истекает сертификат|всплеск ошибок 502
перегрев узла|не проходит проверка живости|переполнен пул соединений|нагрузка выше плановой втрое|отстаёт репликация
утечка памяти|сбой обновления ядра|не стартует после перезагрузки|лимит открытых файлов
"""
_WHEN_RU = """
с 03:00 до 03:40|после ночного релиза|в московском ЦОДе|во время распродажи|на двух узлах из пяти
при переключении питания
каждый понедельник утром|после обновления библиотек|у части клиентов|во втором контуре|в пике нагрузки
без видимой причины
"""
_REQUESTS_RU = """
Выдать доступ|Завести учётную запись|Увеличить квоту|Открыть сетевой доступ|Настроить мониторинг|Продлить сертификат
Развернуть стенд|Обновить операционную систему|Подключить резервное копирование|Заменить диск
"""
_FOR_RU = """
команде витрины|новому аналитику|подрядчику до конца месяца|группе поддержки|бухгалтерии|складу в Казани
отделу безопасности|тестовому контуру|мобильной команде|партнёру «Ладья»
"""
_ARTIFACTS_RU = """
Макет|Прототип|Набор иконок|Иллюстрации|Карта пути|Исследование|Анимация|Сетка|Тексты интерфейса|Тёмная тема
"""
_SCREENS_RU = """
экрана оплаты|онбординга|пустых состояний|карточки товара|письма о доставке|страницы возврата|фильтров каталога
профиля|витрины партнёра|экрана ошибки|поиска на телефоне|терминала самообслуживания
"""
_ASPECTS_RU = """
вариант с крупной ценой|состояния и ошибки|для планшета|после интервью с покупателями|единые отступы|доступность
второй круг правок|передать в разработку|под новый бренд|сравнить два варианта|длинные названия|минимум шагов
"""
_FACTS_RU = """
Воспроизводится стабильно, раз из ста: {n}.|Случаев по логам за неделю: {n}.|Началось после релиза {version}.
Затронуто около {n} % заказов.|Обходной путь есть, но неудобный.|Просили ответить до конца недели.
Нашли во время приёмки, на бою пока не видели.|Обсудить на встрече, отвечает {name}.
Сейчас делаем это руками, часов в месяц: {n}.
Подробности в приложенном файле.|Похожее уже было весной.|Оценка предварительная.
Ожидаем: данные сохраняются. Сейчас: нет.
Шаги: войти под менеджером, открыть список, выбрать строки ({n}), нажать «Сохранить».|Жалуется клиент «{customer}».
"""
_COMMENTS_RU = """
Посмотрю сегодня после обеда.|Воспроизводится, дело в кэше.|{name}, посмотри, пожалуйста, когда будет время.
Готово, можно проверять.
Проверено на стенде, всё хорошо.|Не воспроизводится на версии {version}, нужны логи.|Отложим до следующего спринта.
Получилось быстрее, чем думали: помог старый модуль.|Замечаний на ревью: {n}, исправляю.
Клиент «{customer}» подтвердил.
Кажется, это дубликат, поищу.|Упал один тест ({n} прошли), перезапускаю.|Согласовано, проверит {name}.
Причина в правах доступа, не в коде.
Выкатили на {n} % пользователей, смотрим на графики.|Возвращаю в работу: сломалось на узком экране.
Жду ответа от подрядчика.
Описание обновлено, шаги добавлены.|Нужен макет, без него не начать.|Закрываю, если вопросов нет.
После релиза {version} ошибок за сутки: {n}.|Спасибо, работает!
"""

_PLACES_EN = """
Checkout|Basket|Search|Product page|Sign-in|Profile settings|Sales report|Price import|Order history|Delivery map
Push notifications|Gift cards|Returns|Partner API|Admin panel|Mobile app|Email digest|Warehouse screen
"""
_SYMPTOMS_EN = """
total is not recalculated|button stays disabled|blank page opens|typed text is lost|yesterday's stock is shown
request fails with 500|date is off by one day|record is duplicated|sorting resets|spinner never stops
discount disappears
wrong currency is picked|full-size image is loaded|tooltip covers the field|counter goes negative|"Back" does nothing
"""
_CONDITIONS_EN = """
after switching currency|on a slow network|with more than 100 items|in Safari 17|for users without a surname
after midnight
on narrow screens|with two tabs open|in dark mode|for pick-up orders|when the title has an apostrophe|for guests
after an app update|behind a corporate proxy|with a delivery promo code|west of UTC
"""
_DO_EN = """
Extract|Speed up|Cover with tests|Rewrite|Simplify|Document|Migrate|Localize|Retire|Add|Split|Review
"""
_WHAT_EN = """
discount calculation|report export|catalogue search|address validation|mail delivery|order history|region picker
image upload|search suggestions|audit log|stock sync|promo code checks|background job queue|payment reconciliation
receipt templates|usage metrics|warehouse map|price cache
"""
_WHERE_EN = """
in the mobile app|for business customers|in the admin panel|on staging|behind a flag|in a service of its own
for partners
in the public API|before the sale|without downtime|in the payment service|for warehouse staff|in Kazakhstan|on tablets
"""
_WHY_EN = """
to avoid the nightly rebuild|as support asked|because the old way is being switched off|to cut manual work
after last month's incident|as agreed with finance|to pass the security review|needed before the season
"""
_SERVICES_EN = """
payments|orders database|mail queue|API gateway|search index|CDN|auth service|build cluster|image storage|billing
backups
"""
_TROUBLES_EN = """
latency is climbing|disk is full|replica lost|certificate expires soon|burst of 502s|connection pool exhausted
replication lag|memory leak|health check fails|does not start after reboot
"""
_WHEN_EN = """
since 03:00|after the night release|on two nodes of five|during the sale|for some customers|every Monday morning
at peak load
"""
_REQUESTS_EN = """
Grant access|Create an account|Raise the quota|Open a network path|Set up monitoring|Renew the certificate
Deploy a test stand
"""
_FOR_EN = """
for the storefront team|for a new analyst|for a contractor|for support|for accounting|for the Kazan warehouse
for mobile
"""
_ARTIFACTS_EN = """
Mock-up|Prototype|Icon set|Illustrations|Journey map|Research|Animation|Dark theme
"""
_SCREENS_EN = """
of the payment screen|of onboarding|of empty states|of the product page|of the return page|of catalogue filters
of the kiosk
"""
_ASPECTS_EN = """
larger price|states and errors|tablet layout|after interviews|accessibility pass|second round|hand-off|new brand
long names
"""
_FACTS_EN = """
Reproduced {n} times out of 50.|{n} cases in last week's logs.|Started with release {version}.
About {n} % of orders are affected.
There is a workaround, but an awkward one.|Found during acceptance, not seen in production yet.
To be discussed with {name}.
We do it by hand today, {n} hours a month.|Details are in the attached file.|Expected: saved. Actual: lost.
Reported by {customer}.|The estimate is preliminary.
"""
_COMMENTS_EN = """
Looking into it.|Reproduced, the cache is to blame.|{name}, could you have a look?|Done, ready to test.
Verified on staging.
Can't reproduce on {version}, need logs.|Let's postpone to the next sprint.|{n} review comments, fixing.
{customer} confirmed.
One test of {n} failed, rerunning.|Rolled out to {n} % of users.|Back to work: breaks on narrow screens.
Closing unless there are questions.
Errors since release {version}: {n}.|Thanks, works now!
"""


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase for line in text.strip().splitlines() for phrase in line.split("|"))


def people_names() -> list[tuple[str, str, str]]:
    """Return login, first and last name of each person."""
    return [(login, first, last) for login, first, last in (row.split(" ") for row in _phrases(PEOPLE))]


RU = {
    "place": _phrases(_PLACES_RU),
    "symptom": _phrases(_SYMPTOMS_RU),
    "condition": _phrases(_CONDITIONS_RU),
    "do": _phrases(_DO_RU),
    "what": _phrases(_WHAT_RU),
    "where": _phrases(_WHERE_RU),
    "why": _phrases(_WHY_RU),
    "service": _phrases(_SERVICES_RU),
    "trouble": _phrases(_TROUBLES_RU),
    "when": _phrases(_WHEN_RU),
    "request": _phrases(_REQUESTS_RU),
    "for": _phrases(_FOR_RU),
    "artifact": _phrases(_ARTIFACTS_RU),
    "screen": _phrases(_SCREENS_RU),
    "aspect": _phrases(_ASPECTS_RU),
    "fact": _phrases(_FACTS_RU),
    "comment": _phrases(_COMMENTS_RU),
}
EN = {
    "place": _phrases(_PLACES_EN),
    "symptom": _phrases(_SYMPTOMS_EN),
    "condition": _phrases(_CONDITIONS_EN),
    "do": _phrases(_DO_EN),
    "what": _phrases(_WHAT_EN),
    "where": _phrases(_WHERE_EN),
    "why": _phrases(_WHY_EN),
    "service": _phrases(_SERVICES_EN),
    "trouble": _phrases(_TROUBLES_EN),
    "when": _phrases(_WHEN_EN),
    "request": _phrases(_REQUESTS_EN),
    "for": _phrases(_FOR_EN),
    "artifact": _phrases(_ARTIFACTS_EN),
    "screen": _phrases(_SCREENS_EN),
    "aspect": _phrases(_ASPECTS_EN),
    "fact": _phrases(_FACTS_EN),
    "comment": _phrases(_COMMENTS_EN),
}
