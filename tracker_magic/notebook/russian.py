"""What may go wrong in a login, in Russian: the beginnings of English sentences, and what stands in their place.

Errors are English wherever they are raised; only the form and the dialogue say them in the person's language. What
nobody has translated, and the service's own words behind a sentence, stay as they are.
"""

from collections.abc import Mapping
from typing import Final

from tracker_magic.errors import TrackerError
from tracker_magic.notebook.texts import Lang

SENTENCES: Final[Mapping[str, str]] = {
    # OAuth's words.
    "access was denied": "в доступе отказано",
    "Log in again and press Allow, or ask who owns the app.": (
        "Войдите снова и нажмите «Разрешить» либо спросите владельца приложения."
    ),
    "this is not a confirmation code": "это не код подтверждения",
    "Copy the whole code, or the address.": "Скопируйте код целиком или адрес страницы.",
    "the code or token is wrong, used already, or has run out": "код или токен неверен, уже использован или истёк",
    "Open the link again for a new code.": "Откройте ссылку снова, чтобы получить новый код.",
    "the app is unknown, or its secret is missing or wrong": (
        "приложение неизвестно либо его секрет не указан или неверен"
    ),
    "Check the ClientID; this way to log in may need the app's secret": (
        "Проверьте ClientID; для этого способа может понадобиться секрет приложения"
    ),
    "the service did not understand the request": "сервис не понял запрос",
    "Check the ClientID and log in again.": "Проверьте ClientID и войдите снова.",
    "the app's rights have changed": "права приложения изменились",
    "the app was rejected or waits for moderation": "приложение отклонено или ожидает модерации",
    "See the app's page at https://oauth.yandex.ru, or use another app.": (
        "Посмотрите страницу приложения на https://oauth.yandex.ru или возьмите другое приложение."
    ),
    "the app cannot log in this way": "приложение не умеет входить этим способом",
    "Choose another way to log in.": "Выберите другой способ входа.",
    "the login has run out": "срок входа истёк",
    "Log in again.": "Войдите снова.",
    "this token cannot be revoked from here": "отсюда этот токен отозвать нельзя",
    # What is pasted and typed.
    "this address belongs to another login": "этот адрес относится к другому входу",
    "Open the link shown here, and paste its page.": "Откройте ссылку, показанную здесь, и вставьте адрес её страницы.",
    "there is no code in what was pasted": "во вставленном нет кода",
    "there is no token in what was pasted": "во вставленном нет токена",
    "Copy the code from the page, or its address.": "Скопируйте код со страницы или её адрес.",
    "Copy the token from the page, or its address.": "Скопируйте токен со страницы или её адрес.",
    "this is no code: it holds blanks or signs that none has": "это не код: в нём пробелы или знаки, которых не бывает",
    "this is no token: it holds blanks or signs that none has": (
        "это не токен: в нём пробелы или знаки, которых не бывает"
    ),
    "Copy it again.": "Скопируйте ещё раз.",
    "this is no IAM token: those begin with t1.": "это не IAM-токен: те начинаются с t1.",
    "Get one: yc iam create-token": "Получите его: yc iam create-token",
    "this is no organisation id": "это не идентификатор организации",
    "It is digits (Yandex 360) or letters and digits (Yandex Cloud).": (
        "Он из цифр (Яндекс 360) или из букв и цифр (Yandex Cloud)."
    ),
    "the organisation id is empty": "идентификатор организации не указан",
    # Waiting for a device.
    "the code has run out before it was confirmed": "срок кода истёк раньше, чем его подтвердили",
    "Ask for a new code.": "Запросите новый код.",
    # What Tracker says.
    "the service does not accept the token": "сервис не принимает токен",
    "The token is wrong or has ended": "Токен неверен или закончился",
    "no access to the organisation": "нет доступа к организации",
    (
        "The id stands at https://tracker.yandex.ru/admin/orgs (Administration → Organizations); if it "
        "is right, it may belong in the other header,"
    ): (
        "Идентификатор показан на https://tracker.yandex.ru/admin/orgs (Администрирование → "
        "Организации); если он верен, то, возможно, нужен другой заголовок,"
    ),
    "A service account must first be let in by Tracker's support": (
        "Сервисный аккаунт сначала должна подключить поддержка Трекера"
    ),
    # The other ways.
    "the environment names no token": "в окружении токен не назван",
    "`yc` is not installed on this machine": "`yc` не установлен на этой машине",
    "Install Yandex Cloud's CLI, or choose another way.": "Установите CLI Yandex Cloud или выберите другой способ.",
    "`yc` printed no IAM token": "`yc` не напечатал IAM-токен",
    "Run `yc init` in a terminal once": "Один раз выполните `yc init` в терминале",
    "no metadata service answers here": "сервис метаданных здесь не отвечает",
    "no service account is linked to this machine": "к этой машине не привязан сервисный аккаунт",
    "there is no system keyring here": "хранилища ключей системы здесь нет",
    # The network.
    "This is not your doing; try again later.": "Дело не в вас; попробуйте позже.",
    "Check the network, VPN or HTTPS_PROXY, then try again.": "Проверьте сеть, VPN или HTTPS_PROXY и попробуйте снова.",
    "Try again.": "Попробуйте ещё раз.",
}
_LONGEST_FIRST: Final = sorted(SENTENCES, key=len, reverse=True)


def said(problem: TrackerError, lang: Lang) -> tuple[str, str]:
    """What happened, and what to do, in the person's language."""
    if lang != "ru":
        return problem.message, problem.hint
    return in_russian(problem.message), in_russian(problem.hint)


def in_russian(sentence: str) -> str:
    """A sentence with its known beginning in Russian."""
    known = next((each for each in _LONGEST_FIRST if sentence.startswith(each)), None)
    return SENTENCES[known] + sentence[len(known) :] if known else sentence
