"""The Russian texts: the same keys and placeholders as in English, and the errors of a login by their `reason`."""

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # The form: titles, buttons and what happens now.
    "form.title": "Вход в Яндекс Трекер",
    "form.title_done": "Вы вошли в Яндекс Трекер",
    "form.saved": "Вход в Трекер: форме нужно работающее ядро. %tracker login --prompt спросит то же без формы.",
    "form.continue": "Продолжить",
    "form.submit": "Войти",
    "form.retry": "Попробовать ещё раз",
    "form.new_code": "Получить новый код",
    "form.restart": "Войти",
    "form.log_out": "Выйти",
    "form.back": "Назад",
    "form.cancel": "Отмена",
    "form.copy": "Скопировать",
    "form.copied": "Скопировано",
    "form.countdown": "Ожидаем, пока вы разрешите доступ; код действует ещё {time}.",
    "form.working": "Обращаемся к сервису…",
    "form.cancelled": "Вход отменён, ничего не сохранено.",
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
    "strategy.token": "Вставить токен",
    "strategy.iam": "Вставить IAM-токен (Yandex Cloud)",
    "strategy.env": "Переменные окружения",
    "strategy.stored": "Сохранённый ранее вход",
    "strategy.yc": "Yandex Cloud CLI (yc)",
    "strategy.service-account": "Ключ сервисного аккаунта",
    "strategy.metadata": "Сервисный аккаунт этой виртуальной машины",
    "strategy.exchange": "Обмен OAuth-токена на IAM-токен (устаревший способ)",
    "strategy.device.help": (
        "Вы получите короткий код и ссылку, введёте код там и разрешите доступ. Дальше вход завершится сам."
    ),
    "strategy.code.help": "Вы откроете ссылку, разрешите доступ и вставите код со страницы.",
    "strategy.token.help": (
        "Вы откроете ссылку, разрешите доступ и вставите токен. Он действует до года и не продлевается. "
        "Если токен уже есть, оставьте ClientID пустым."
    ),
    "strategy.iam.help": (
        "Для Yandex Cloud: вставьте то, что печатает `yc iam create-token`. Действует не дольше 12 часов."
    ),
    "strategy.env.help": "Берёт TRACKER_TOKEN или TRACKER_IAM_TOKEN из окружения этого ядра.",
    "strategy.stored.help": "Берёт вход, который вы сохранили в связке ключей или в файле.",
    "strategy.yc.help": "Для Yandex Cloud и федераций: запускает `yc` на этой машине; вход в нём должен быть выполнен.",
    "strategy.service-account.help": (
        "Действует от имени сервисного аккаунта с ключом из TRACKER_SA_KEY (JSON) или TRACKER_SA_KEY_FILE. Аккаунт "
        "должна подключить поддержка Трекера."
    ),
    "strategy.metadata.help": (
        "Действует от имени сервисного аккаунта этой виртуальной машины в Yandex Cloud, а не от вашего."
    ),
    "strategy.exchange.help": "Меняет TRACKER_TOKEN на IAM-токен. Yandex Cloud отключает этот обмен: лучше `yc`.",
    # The organisation.
    "organisation.id": "Идентификатор организации",
    "organisation.help": (
        "Цифры — для Яндекс 360; буквы и цифры, начиная с bpf, — для Yandex Cloud. "
        "Он указан на странице {link} (Администрирование → Организации)."
    ),
    "organisation.kind": "Вид организации",
    "organisation.kind.auto": "определить по идентификатору",
    "organisation.kind.360": "Яндекс 360",
    "organisation.kind.cloud": "Yandex Cloud",
    "organisation.missing": "Введите идентификатор организации",
    "organisation.invalid": "Это не идентификатор организации: он состоит из цифр или из букв и цифр",
    # The app.
    "app.client_id": "ClientID приложения",
    "app.register": "Приложения ещё нет? Зарегистрируйте его в три шага:",
    "app.register.1": "Откройте {link} и выберите «Для доступа к API или отладки».",
    "app.register.2": "Укажите название и почту, добавьте право tracker:read (его достаточно) и сохраните.",
    "app.register.3": "Скопируйте ClientID и вставьте его сюда.",
    "app.client_id.missing": "Введите ClientID приложения; как его получить, сказано в трёх шагах под этим полем",
    "app.client_id.invalid": "Это не ClientID: он состоит из 32 цифр и букв от a до f",
    "app.secret": "Секрет приложения",
    "app.secret.known": "✓ Секрет приложения известен; он нигде не показывается.",
    "app.secret.typed": "введён и скрыт",
    "app.secret.missing": (
        "Этому способу нужен секрет приложения с той же страницы, что и ClientID; коду подтверждения он не нужен"
    ),
    # Links to open, codes to enter, texts to paste.
    "link.allow": "Откройте {link} и разрешите доступ.",
    "link.device": "Откройте {link} и введите там этот код:",
    "link.page": "страницу Яндекса",
    "paste.code": "Код или весь адрес страницы с ним",
    "paste.token": "OAuth-токен или весь адрес страницы с ним",
    "paste.iam": "IAM-токен",
    # Where the token is stored.
    "storage.choose": "Где хранить вход",
    "storage.kernel": "только в этом ядре",
    "storage.keyring": "в системной связке ключей",
    "storage.file": "в файле, который можете читать только вы",
    # The console.
    "console.secret": "{label} (ввод не отображается)",
    "console.app_secret": "Секрет приложения (ввод не отображается; Enter, если его нет)",
    "console.number": "Номер [1]",
    "console.number_invalid": "Введите число от 1 до {last}.",
    "console.code": "Код: {code}",
    "console.waiting": "▸ ожидаем, пока вы разрешите доступ · код действует ещё {left} · прервите ядро, чтобы отменить",
    "console.waited": "▸ ожидание закончено",
    "console.try_again": "Попробуйте ещё раз или нажмите Enter, чтобы отменить.",
    # Who is logged in: the rows of the form's table, and the parts of a line.
    "identity.person": "Вы вошли как",
    "identity.organisation": "Организация",
    "identity.no_organisation": "нет",
    "identity.expires_at": "Действует до",
    "identity.expiry_unknown": "неизвестно",
    "identity.source": "Токен",
    "identity.storage": "Хранится",
    "status.organisation": "организация {id} ({kind})",
    "status.no_organisation": "без организации",
    "status.source": "токен: {source}",
    "status.demo": "Это демо: Трекер, который работает на этой машине, а не настоящий сервис.",
    "status.time_left": "осталось {left} (до {until} UTC)",
    "status.expired": "истёк {until} UTC",
    "status.session": "сессия {name}",
    "status.current_session": "сессия {name} (текущая)",
    "status.already": "Вы уже вошли как {person}. Новый вход заменит этот; %tracker logout завершает его.",
    "duration.days": "{count} дн.",
    "duration.hours": "{count} ч",
    "duration.minutes": "{count} мин",
    "duration.seconds": "{count} с",
    # Logging out.
    "out.nobody": "Никто не входил.",
    "out.closed": "Сессия {name} закрыта; токена больше нет в этом ядре.",
    "out.profile": "Сохранённый вход {profile!r} удалён.",
    "out.revoked": "Сервис отозвал токен.",
    "out.revoked_for_all": "Сервис отозвал токен: другим программам, которые им пользовались, нужно войти заново.",
    "out.revoke": "Токен действует дальше для всего, что им пользуется; отозвать его для всех можно на странице {url}",
    "out.refused": "Сервис не отозвал токен ({reason}). Отозвать его можно на странице {url}",
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

_SET_VARIABLES: Final = (
    "Задайте TRACKER_TOKEN (или TRACKER_IAM_TOKEN) и TRACKER_ORG_ID (Яндекс 360) или TRACKER_CLOUD_ORG_ID "
    "(Yandex Cloud) либо выполните %tracker login в ноутбуке."
)
_LOG_IN_AGAIN: Final = "Войдите снова: %tracker login."
_OTHER_STRATEGY: Final = "Выберите другой способ входа."
_TRY_AGAIN: Final = "Попробуйте ещё раз."
_COPY_AGAIN: Final = "Скопируйте ещё раз."
_TRY_LATER: Final = "Дело не в вас; попробуйте позже."
_INIT_YC: Final = (
    "Один раз выполните `yc init` в терминале (федерация: yc init --federation-id=ID), затем попробуйте снова."
)
_TOKEN_NOT_ACCEPTED: Final = (
    "сервис не принимает токен",
    "Токен неверен или истёк: выполните %tracker login или задайте новый TRACKER_TOKEN.",
)

# reason → message and hint.
ERRORS: Final[dict[str, tuple[str, str]]] = {
    # What OAuth answers.
    "access_denied": ("в доступе отказано", "Войдите снова и нажмите «Разрешить» либо спросите владельца приложения."),
    "bad_verification_code": ("это не код подтверждения", "Скопируйте код целиком или адрес страницы."),
    "invalid_grant": (
        "код или токен неверен, уже использован или истёк",
        "Откройте ссылку снова, чтобы получить новый код.",
    ),
    "invalid_client": (
        "приложение неизвестно либо его секрет не указан или неверен",
        "Проверьте ClientID; для этого способа может понадобиться секрет приложения (TRACKER_CLIENT_SECRET).",
    ),
    "invalid_request": ("сервис не понял запрос", "Проверьте ClientID и войдите снова."),
    "invalid_scope": ("права приложения изменились", "Войдите снова."),
    "unauthorized_client": (
        "приложение отклонено или ожидает модерации",
        "Посмотрите страницу приложения на https://oauth.yandex.ru или возьмите другое приложение.",
    ),
    "unsupported_grant_type": ("приложение не поддерживает этот способ входа", _OTHER_STRATEGY),
    "expired_token": ("срок входа истёк", "Войдите снова."),
    "unsupported_token_type": (
        "отсюда этот токен отозвать нельзя",
        "Отзовите его на странице https://id.yandex.ru/personal/data-access.",
    ),
    "unknown_oauth_error": ("сервис входа сообщил о неизвестной ошибке", "Войдите снова."),
    # Waiting and renewing.
    "login_cancelled": ("вход отменён", "Начните его снова: %tracker login."),
    "device_code_expired": ("код истёк раньше, чем его подтвердили", "Запросите новый код."),
    "refresh_token_invalid": ("вход нельзя продлить: refresh-токен больше не действует", _LOG_IN_AGAIN),
    "not_renewable": ("этот токен нельзя продлить", _LOG_IN_AGAIN),
    # What is pasted and typed.
    "other_login": (
        "этот адрес относится к другому входу",
        "Откройте ссылку, показанную здесь, и вставьте адрес её страницы.",
    ),
    "no_code_pasted": ("во вставленном тексте нет кода", "Скопируйте код со страницы или её адрес."),
    "no_token_pasted": ("во вставленном тексте нет токена", "Скопируйте токен со страницы или её адрес."),
    "malformed_code": ("это не код: в нём пробелы или символы, которых в коде не бывает", _COPY_AGAIN),
    "malformed_token": ("это не токен: в нём пробелы или символы, которых в токене не бывает", _COPY_AGAIN),
    "not_an_iam_token": (
        "это не IAM-токен: такие токены начинаются с t1.",
        "Получите его командой `yc iam create-token`.",
    ),
    "logged_out": ("выполнен выход из этого входа", "Войдите снова и возьмите новый Tracker."),
    "invalid_client_id": (
        "это не ClientID: похоже на токен или секрет",
        "Скопируйте ClientID со страницы приложения на https://oauth.yandex.ru.",
    ),
    "invalid_organisation_id": (
        "это не идентификатор организации",
        "Он состоит из цифр (Яндекс 360) или из букв и цифр (Yandex Cloud).",
    ),
    "no_organisation_id": (
        "идентификатор организации не указан",
        "Он показан на странице https://tracker.yandex.ru/admin/orgs.",
    ),
    # What the login services answer.
    "login_service_broken": ("в сервисе входа произошла ошибка", _TRY_LATER),
    "reply_not_json": ("сервис входа ответил не в формате JSON", _TRY_AGAIN),
    "reply_without_token": ("в ответе сервиса входа нет токена", _TRY_AGAIN),
    "unknown_token_type": ("сервис входа прислал токен неизвестного типа", _OTHER_STRATEGY),
    "no_tracker_scope": (
        "у этого токена нет права читать Трекер",
        "Дайте приложению право tracker:read на https://oauth.yandex.ru и войдите снова.",
    ),
    "reply_without_code": ("в ответе сервиса входа нет кода", _TRY_AGAIN),
    "unsafe_verification_url": ("сервис входа прислал небезопасный адрес", _OTHER_STRATEGY),
    "iam_refused_key": (
        "сервис IAM не принял ключ сервисного аккаунта",
        "Проверьте ключ (чей он и существует ли ещё) и часы этой машины.",
    ),
    "iam_refused_exchange": (
        "сервис IAM отказался обменять OAuth-токен",
        "Yandex Cloud отключает этот обмен; используйте `yc` или сам OAuth-токен (TRACKER_TOKEN).",
    ),
    "iam_reply_without_token": ("в ответе сервиса IAM нет токена", _TRY_AGAIN),
    "no_metadata_service": (
        "сервис метаданных здесь не отвечает",
        "Он есть только на виртуальных машинах Yandex Cloud.",
    ),
    "no_linked_service_account": (
        "к этой машине не привязан сервисный аккаунт",
        "Привяжите его или выберите другой способ входа.",
    ),
    "metadata_without_token": ("сервис метаданных не выдал токен", _OTHER_STRATEGY),
    # Environment, keys, yc.
    "no_token_in_environment": ("в окружении нет токена", _SET_VARIABLES),
    "environment_token_unset": ("в переменной окружения больше нет токена", _SET_VARIABLES),
    "no_oauth_token_to_exchange": ("для обмена нужен OAuth-токен в TRACKER_TOKEN", _SET_VARIABLES),
    "no_service_account_key": (
        "в окружении нет ключа сервисного аккаунта",
        (
            "Задайте TRACKER_SA_KEY, TRACKER_SA_KEY_FILE либо TRACKER_SA_KEY_ID, TRACKER_SA_SERVICE_ACCOUNT_ID и "
            "TRACKER_SA_PRIVATE_KEY."
        ),
    ),
    "incomplete_service_account_key": (
        "не заданы переменные ключа сервисного аккаунта",
        "Задайте все три переменные.",
    ),
    "key_file_unreadable": ("файл с ключом сервисного аккаунта не читается", "Проверьте TRACKER_SA_KEY_FILE."),
    "not_a_key_file": (
        "это не авторизованный ключ сервисного аккаунта",
        "Создайте его: yc iam key create --service-account-name NAME --output key.json.",
    ),
    "no_pem_block": ("в закрытом ключе сервисного аккаунта нет блока PEM", "Скопируйте его вместе со строкой BEGIN."),
    "unusable_private_key": (
        "закрытый ключ сервисного аккаунта не подходит",
        "Это должен быть ключ RSA, созданный командой yc.",
    ),
    "service_account_extra_missing": (
        "для ключа сервисного аккаунта нужен пакет, который не установлен",
        "Выполните pip install 'tracker_magic[service-account]'.",
    ),
    "yc_not_installed": (
        "`yc` не установлен на этой машине",
        "Установите CLI Yandex Cloud или выберите другой способ входа.",
    ),
    "yc_printed_no_token": ("`yc` не напечатал IAM-токен", _INIT_YC),
    "yc_not_runnable": ("`yc` не запускается", _INIT_YC),
    "yc_timed_out": ("`yc` не завершился вовремя; возможно, он ждёт браузера", _INIT_YC),
    "yc_failed": ("`yc iam create-token` завершился с ошибкой", _INIT_YC),
    "no_working_folder": (
        "рабочей папки больше нет",
        "Перейдите в другую, например %cd ~, или перезапустите ядро.",
    ),
    # Stored logins.
    "no_such_profile": ("сохранённого профиля с таким именем нет", _SET_VARIABLES),
    "unreadable_profile": (
        "сохранённый профиль не читается или изменён вручную",
        "Войдите снова, чтобы заменить его.",
    ),
    "profile_not_private": (
        "сохранённый вход могли прочитать или изменить другие",
        "Войдите снова, чтобы заменить его; если вы ему доверяете, закройте доступ: chmod 700 папкам, 600 файлу.",
    ),
    "home_of_nobody": (
        "TRACKER_HOME начинается с имени пользователя, которого нет",
        "Укажите путь к папке.",
    ),
    "profile_in_use": ("сохранённый вход занят другим процессом", "Попробуйте ещё раз чуть позже."),
    "invalid_profile_name": (
        "такое имя профиля не подходит",
        "Используйте буквы, цифры, точки, дефисы и подчёркивания.",
    ),
    "symbolic_link": (
        "секреты не читаются и не записываются по символической ссылке",
        "Удалите ссылку и войдите снова.",
    ),
    "storage_not_writable": (
        "вход не удалось записать на диск",
        "Укажите другую папку в TRACKER_HOME или не сохраняйте вход: тогда он действует, пока работает это ядро.",
    ),
    "no_keyring": (
        "для системной связки ключей нужен пакет, который не установлен",
        "Выполните pip install 'tracker_magic[keyring]' или храните вход в файле либо в этом ядре.",
    ),
    "no_keyring_backend": (
        "системной связки ключей здесь нет: пакету keyring не с чем работать на этой машине",
        "Храните вход в файле либо в этом ядре или установите связку ключей, например GNOME Keyring или KWallet.",
    ),
    "keyring_failed": (
        "системная связка ключей недоступна",
        "Разблокируйте её или храните вход в файле либо в этом ядре.",
    ),
    # What Tracker answers.
    "token_rejected": _TOKEN_NOT_ACCEPTED,
    "service_account_not_enabled": (
        "сервис не принимает токен сервисного аккаунта",
        (
            "Сервисный аккаунт сначала должна подключить поддержка Трекера: напишите ей идентификаторы организации и "
            "аккаунта. Повторный вход не поможет."
        ),
    ),
    "wrong_organisation": (
        "нет доступа к организации",
        (
            "Идентификатор показан на странице https://tracker.yandex.ru/admin/orgs (Администрирование → Организации); "
            "если он верен, возможно, это организация другого вида. Токену нужно право tracker:read."
        ),
    ),
    "service_broken": ("в сервисе произошла ошибка", _TRY_LATER),
    "unreachable": ("сервис недоступен", "Проверьте сеть, VPN или HTTPS_PROXY и попробуйте снова."),
    "bad_certificate": (
        "сертификат сервиса не прошёл проверку",
        "Если у прокси свой сертификат, укажите файл его центра сертификации в REQUESTS_CA_BUNDLE.",
    ),
    "tls_failed": (
        "не удалось установить защищённое соединение с сервисом",
        "Проверьте адрес, HTTPS_PROXY и файл, указанный в REQUESTS_CA_BUNDLE.",
    ),
    "no_ca_bundle": (
        "файл с сертификатами не читается",
        "Проверьте, что файл, указанный в REQUESTS_CA_BUNDLE (или CURL_CA_BUNDLE), существует.",
    ),
    "bad_host_name": ("у сервиса не может быть такого имени узла", "Проверьте TRACKER_API_BASE_URL."),
    "proxy_refused": ("прокси не пропускает соединение с сервисом", "Проверьте HTTPS_PROXY и NO_PROXY."),
    "proxy_unreachable": ("прокси недоступен", "Проверьте HTTPS_PROXY и NO_PROXY."),
    "proxy_needs_password": (
        "прокси требует имя пользователя и пароль, а указанные (если они указаны) не принимает",
        "Запишите HTTPS_PROXY в виде http://имя:пароль@узел:порт, особые символы — в виде %XX.",
    ),
    "bad_proxy_address": (
        "адрес прокси не подходит",
        "Запишите HTTPS_PROXY в виде http://узел:порт, особые символы пароля — в виде %XX.",
    ),
    "socks_extra_missing": (
        "в HTTPS_PROXY или ALL_PROXY указан прокси SOCKS, а для него нужен пакет, который не установлен",
        "Выполните pip install pysocks и перезапустите ядро или укажите прокси http.",
    ),
    "answer_cut_off": ("ответ сервиса оборвался", "Соединение прервалось; попробуйте снова."),
    "html_page": (
        "вместо ответа сервиса пришла страница HTML",
        "Возможно, между вами и сервисом прокси или страница входа: проверьте HTTPS_PROXY и TRACKER_API_BASE_URL.",
    ),
    "no_organisation": (
        "токен есть, но организация не указана",
        "Укажите её: %tracker login --org-id ID или --cloud-org-id ID.",
    ),
    "timed_out": ("сервис не ответил вовремя", _TRY_AGAIN),
    "not_encodable": (
        "в тексте есть символ, который нельзя отправить",
        "Часто это половина обрезанного эмодзи. Удалите её: text.encode(errors='ignore').decode().",
    ),
    "wrong_shape": (
        "сервис прислал не то, что описано в документации",
        "Возможно, сервис изменился или отвечает другой: проверьте TRACKER_API_BASE_URL.",
    ),
    "unexpected_reply": ("сервис прислал неожиданный ответ", _TRY_AGAIN),
}
