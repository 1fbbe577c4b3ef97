"""The errors of a login in Russian, by their `reason`: message and hint. In English, an error has its own words."""

from typing import Final

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
    "Токен неверный или истёк: выполните %tracker login или задайте новый TRACKER_TOKEN.",
)

# reason → message and hint.
ERRORS: Final[dict[str, tuple[str, str]]] = {
    # What OAuth answers.
    "access_denied": ("в доступе отказано", "Войдите снова и нажмите «Разрешить» либо спросите владельца приложения."),
    "bad_verification_code": ("это не код подтверждения", "Скопируйте код целиком или адрес страницы."),
    "invalid_grant": (
        "код или токен неверный, уже использован или истёк",
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
    "logged_out": ("этот вход завершён", "Войдите снова и создайте новый Tracker."),
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
    "bad_host_name": ("в адресе сервиса недопустимое имя узла", "Проверьте TRACKER_API_BASE_URL."),
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
