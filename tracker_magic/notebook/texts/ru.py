"""The Russian texts: the same keys and placeholders as in English."""

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # The form: titles, buttons and what happens now.
    "form.title": "Вход в Яндекс Трекер",
    "form.saved": "Вход в Трекер: форме нужны работающее ядро и виджеты; %tracker login --prompt — вход без виджетов.",
    "form.continue": "Продолжить",
    "form.submit": "Войти",
    "form.retry": "Попробовать ещё раз",
    "form.new_code": "Получить новый код",
    "form.more": "Другие способы",
    "form.back": "Назад",
    "form.cancel": "Отмена",
    "form.copy": "Скопировать",
    "form.copied": "Скопировано",
    "form.countdown": "Ожидаем, пока вы разрешите доступ; код действует ещё {time}.",
    "form.working": "Обращаемся к сервису…",
    "form.cancelled": "Вход отменён, ничего не сохранено. Начать снова: {login}.",
    "form.still": "Вы по-прежнему вошли как {person}.",
    "form.disconnected": "Ядро этой формы завершено: выполните эту ячейку снова.",
    "form.nothing_pasted": "Сначала вставьте его в поле",
    "form.no_thread": "Ядро не смогло запустить поток: завершите то, что больше не нужно, и попробуйте снова",
    "form.removed": (
        "Текст удалён из поля: он может быть секретным. Для токена или кода есть отдельное поле, текст в котором скрыт."
    ),
    "form.unexpected": "Это ошибка в tracker_magic: сообщите о ней авторам и попробуйте другой способ входа.",
    # The strategies.
    "strategy.choose": "Как войти",
    "strategy.recommended": "{strategy} (рекомендуется)",
    "strategy.device": "Ввести код на странице Яндекса",
    "strategy.code": "Вставить код подтверждения",
    "strategy.token": "Вставить токен: свой или новый",
    "strategy.demo": "Попробовать демо без учётной записи",
    "strategy.demo.help": "Демонстрационный Трекер на этой машине, данные в нём вымышлены.",
    "strategy.iam": "Вставить IAM-токен (Yandex Cloud)",
    "strategy.env": "Переменные окружения",
    "strategy.stored": "Сохранённый ранее вход",
    "strategy.yc": "Yandex Cloud CLI (yc)",
    "strategy.service-account": "Ключ сервисного аккаунта",
    "strategy.metadata": "Сервисный аккаунт этой виртуальной машины",
    "strategy.exchange": "Обмен OAuth-токена на IAM-токен (устаревший способ)",
    "strategy.device.help": (
        "Вы получите ссылку и короткий код: откройте ссылку, введите код и разрешите доступ. Вход завершится сам."
    ),
    "strategy.code.help": "Откройте ссылку, разрешите доступ и вставьте код со страницы.",
    "strategy.token.help": (
        "Откройте ссылку, разрешите доступ и вставьте токен. Если токен уже есть, вставьте его: ClientID ему не нужен. "
        "Токен действует до года и не продлевается."
    ),
    "strategy.iam.help": (
        "Для Yandex Cloud: вставьте то, что печатает `yc iam create-token`. Действует не дольше 12 часов."
    ),
    "strategy.env.help": "Использует TRACKER_TOKEN или TRACKER_IAM_TOKEN из окружения этого ядра.",
    "strategy.stored.help": "Использует вход, который вы сохранили на этой машине.",
    "strategy.yc.help": "Для Yandex Cloud и федераций: запускает `yc` на этой машине; вход в нём должен быть выполнен.",
    "strategy.service-account.help": (
        "Действует от имени сервисного аккаунта с ключом из TRACKER_SA_KEY (JSON) или TRACKER_SA_KEY_FILE. Аккаунт "
        "должна подключить поддержка Трекера."
    ),
    "strategy.metadata.help": (
        "Действует от имени сервисного аккаунта этой виртуальной машины в Yandex Cloud, а не от вашего."
    ),
    "strategy.exchange.help": (
        "Меняет TRACKER_TOKEN на IAM-токен. Yandex Cloud отключает этот обмен: лучше используйте `yc`."
    ),
    # The organisation.
    "organisation.id": "Идентификатор организации",
    "organisation.help": (
        "Он указан на странице {link} (Администрирование → Организации). Подойдёт организация Яндекс 360 "
        "(цифры) или Yandex Cloud (начинается с bpf)."
    ),
    "organisation.kind.360": "Яндекс 360",
    "organisation.kind.cloud": "Yandex Cloud",
    "organisation.missing": "Введите идентификатор организации",
    "organisation.invalid": (
        "Это не идентификатор организации, и название не подойдёт: он состоит из цифр или из букв и цифр"
    ),
    "organisation.refused": "Трекер не пускает эту учётную запись в указанную организацию",
    "organisation.check": "Проверьте идентификатор и то, что с этой учётной записью вы открываете Трекер.",
    # The app.
    "app.client_id": "ClientID приложения",
    "app.why": (
        "Яндекс разрешает программе читать Трекер от вашего имени, только если она зарегистрирована как приложение; "
        "это делается один раз."
    ),
    "app.register": "Приложения ещё нет? Три шага:",
    "app.register.1": "Откройте {link} и выберите «Для доступа к API или отладки».",
    "app.register.2": "Укажите название и почту, добавьте право tracker:read (его достаточно) и сохраните.",
    "app.register.3": "Скопируйте ClientID с открывшейся страницы и вставьте его сюда.",
    "app.client_id.missing": "Введите ClientID приложения; как его получить, сказано в трёх шагах",
    "app.client_id.invalid": "Это не ClientID: он состоит из 32 цифр и букв от a до f",
    "app.secret": "Секрет приложения",
    "app.check": "Проверьте ClientID и секрет приложения.",
    "app.secret.help": "Он называется «Client secret» и указан на странице приложения под ClientID: {link}.",
    "app.secret.known": "✓ Секрет приложения уже известен и остаётся скрытым.",
    "app.secret.typed": "введён и скрыт",
    "app.secret.missing": "Введите секрет приложения или выберите код подтверждения: ему секрет не нужен",
    # Links to open, codes to enter, texts to paste.
    "link.allow": "Откройте {link} и разрешите доступ.",
    "link.device": "Откройте {link} и введите там этот код:",
    "link.page": "страницу Яндекса",
    "paste.code": "Код или весь адрес страницы с ним",
    "paste.token": "OAuth-токен или весь адрес страницы с ним",
    "paste.rejected": "Трекер не принимает этот токен: он неверный, истёк или отозван",
    "paste.again": "Скопируйте его целиком ещё раз или получите новый.",
    "paste.iam": "IAM-токен",
    # Where the token is stored.
    "storage.choose": "Где хранить вход",
    "storage.kernel": "только в этом ядре",
    "storage.keyring": "в системной связке ключей",
    "storage.file": "в файле, который можете читать только вы",
    # The console.
    "console.secret": "{label} (ввод не отображается)",
    "console.app_secret": "Секрет приложения (ввод не отображается; Enter, если его нет)",
    "console.client_id": "ClientID приложения (Enter, если токен уже есть)",
    "console.number": "Номер [1]",
    "console.number_invalid": "Введите число от 1 до {last}.",
    "console.code": "Код: {code}",
    "console.waiting": "▸ ожидаем, пока вы разрешите доступ · код действует ещё {left} · прервите ядро, чтобы отменить",
    "console.waited": "▸ ожидание закончено",
    "console.try_again": "Попробуйте ещё раз или нажмите Enter, чтобы отменить.",
    # Who is logged in: the parts of a line.
    "identity.no_organisation": "нет",
    "status.organisation": "организация {id} ({kind})",
    "status.no_organisation": "без организации",
    "status.source": "вход: {source}",
    "status.demo": "Это демо: Трекер, который работает на этой машине, а не настоящий сервис.",
    "status.time_left": "осталось {left} (до {until} UTC)",
    "status.expired": "истёк {until} UTC",
    "status.session": "сессия {name}",
    "status.current_session": "сессия {name} (текущая)",
    "status.already": "Вы уже вошли как {person}. Новый вход заменит этот; выйти: {logout}.",
    "duration.days": "{count} дн.",
    "duration.hours": "{count} ч",
    "duration.minutes": "{count} мин",
    "duration.seconds": "{count} с",
    # What takes the form's place.
    "direct.env": "Войти с токеном из {name}",
    "direct.stored": "Войти как раньше: {user}",
    "direct.demo": "Попробовать демо без учётной записи",
    "card.until": "до {until}",
    "card.made": "Вход выполнен {at}",
    "card.ended": "выход выполнен {at}",
    "card.end": "Завершить: {logout}.",
    "card.kernel": "После перезапуска ядра выполните эту ячейку снова.",
    "card.stored": "Вход сохранён: после перезапуска ядра он будет использован автоматически.",
    "date.months": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    # Logging out.
    "out.nobody": "Вход не был выполнен.",
    "out.closed": "Сессия {name} закрыта; токена больше нет в этом ядре.",
    "out.profile": "Сохранённый вход {profile!r} удалён.",
    "out.revoked": "Сервис отозвал токен.",
    "out.revoked_for_all": "Сервис отозвал токен: другим программам, которые им пользовались, нужно войти заново.",
    "out.revoke": "Токен продолжает действовать для всех, кто им пользуется; отозвать его можно на странице {url}",
    "out.refused": "Сервис не отозвал токен ({reason}). Отозвать его можно на странице {url}",
    "out.demo": "Само демо продолжает работать; войти в него снова: %tracker demo.",
    "out.environment": "Токен всё ещё есть в окружении ({source}); удалите его и оттуда.",
    "out.iam": "IAM-токен истечёт сам, не позже чем через 12 часов.",
    # How a line was read.
    "reading.no_issues": "0 задач.",
    "reading.no_rows": "0 строк.",
    "reading.as_text": "Искали текст `{text}`; условие пишется так: `Queue: DEV`.",
    "reading.guess": "Искали текст `{text}`; может быть, нужно `{line}`?",
    "reading.not_stored": (
        "Переменная не изменена: чтобы искать текст, возьмите его в кавычки или наберите `%tracker query …`."
    ),
    "reading.keys": "`{typed}` прочитано как {keys}; текст ищет `%tracker query {typed}`.",
}

# Where a token comes from, as `Login.source` begins: the name of a variable, profile or account may follow.
SOURCES: Final[dict[str, str]] = {
    "confirmation code": "код подтверждения",
    "device code": "код на странице Яндекса",
    "pasted token": "вставленный токен",
    "pasted IAM token": "вставленный IAM-токен",
    "environment: ": "окружение: ",
    "profile ": "профиль ",
    "service account ": "сервисный аккаунт ",
    "metadata of this machine": "метаданные этой машины",
    "OAuth token exchanged for an IAM token": "OAuth-токен, обменянный на IAM-токен",
    "demo": "демо",
}
