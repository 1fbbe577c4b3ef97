"""What the login says to a person, in English and Russian: one table, key → (en, ru)."""

from collections.abc import Mapping
from typing import Final, Literal

Lang = Literal["en", "ru"]

ORGANISATIONS: Final = "https://tracker.yandex.ru/admin/orgs"
NEW_APP: Final = "https://oauth.yandex.ru/client/new/"

TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    # The ways in.
    "way.env": ("the token that the environment names", "токен, который назван в окружении"),
    "way.stored": ("the login saved earlier", "вход, сохранённый раньше"),
    "way.device": ("a code to type on another page", "код, который вводится на другой странице"),
    "way.code": ("a confirmation code to paste here", "код подтверждения, который вставляется сюда"),
    "way.token": ("an OAuth token to paste here", "OAuth-токен, который вставляется сюда"),
    "way.iam": ("an IAM token to paste here (Yandex Cloud)", "IAM-токен, который вставляется сюда (Yandex Cloud)"),
    "way.yc": ("the person whom yc knows (Yandex Cloud)", "тот, кого знает yc (Yandex Cloud)"),
    "way.service-account": ("a service account's key", "ключ сервисного аккаунта"),
    "way.metadata": ("this virtual machine's service account", "сервисный аккаунт этой виртуальной машины"),
    "way.exchange": (
        "an OAuth token exchanged for an IAM token (being withdrawn)",
        "обмен OAuth-токена на IAM-токен (отменяется)",
    ),
    "way.choose": ("How do you want to log in?", "Как вы хотите войти?"),
    "way.number": ("Number [1]: ", "Номер [1]: "),
    "way.wrong": ("Type a number from 1 to {last}.", "Введите число от 1 до {last}."),
    # The organisation.
    "org.where": (
        "The organisation id stands here (Administration → Organizations):",
        "Идентификатор организации показан здесь (Администрирование → Организации):",
    ),
    "org.kinds": (
        "Digits belong to Yandex 360, letters and digits to Yandex Cloud.",
        "Из цифр — у Яндекс 360, из букв и цифр — у Yandex Cloud.",
    ),
    "org.ask": ("Organisation id: ", "Идентификатор организации: "),
    "org.360": ("Yandex 360", "Яндекс 360"),
    "org.cloud": ("Yandex Cloud", "Yandex Cloud"),
    "org.none": ("no organisation", "без организации"),
    # The application.
    "app.unknown": (
        "This way needs the ClientID of an application. Registering one takes a minute:",
        "Для этого способа нужен ClientID приложения. Зарегистрировать его можно за минуту:",
    ),
    "app.step1": (
        "1. Open this page and choose “For API access or debugging”:",
        "1. Откройте эту страницу и выберите «Для доступа к API или отладки»:",
    ),
    "app.step2": (
        "2. Give it a name and your e-mail, and the permission tracker:read. Save.",
        "2. Укажите название, почту и право tracker:read. Сохраните.",
    ),
    "app.step3": ("3. Copy its ClientID here.", "3. Скопируйте сюда ClientID."),
    "app.ask": ("ClientID: ", "ClientID: "),
    "app.wrong": (
        "This is no ClientID: it is letters and digits, without blanks.",
        "Это не ClientID: он из букв и цифр, без пробелов.",
    ),
    "app.secret": (
        "Secret of the application (nothing is shown; Enter if it has none): ",
        "Секрет приложения (не отображается; Enter, если его нет): ",
    ),
    # Links, codes and what is pasted.
    "open": ("Open this address and press Allow:", "Откройте этот адрес и нажмите «Разрешить»:"),
    "device.open": ("Open this address and type the code:", "Откройте этот адрес и введите код:"),
    "device.code": ("Code: {code}", "Код: {code}"),
    "device.left": (
        "▸ waiting for you to confirm · the code lives {left} more · interrupt to give up",
        "▸ жду подтверждения · код живёт ещё {left} · прервите ячейку, чтобы отказаться",
    ),
    "device.over": ("▸ the wait is over", "▸ ожидание закончено"),
    "paste.code": (
        "Code, or the address of the page that shows it (nothing is shown while you type): ",
        "Код или адрес страницы с ним (ввод не отображается): ",
    ),
    "paste.token": (
        "OAuth token, or the address of the page that shows it (nothing is shown while you type): ",
        "OAuth-токен или адрес страницы с ним (ввод не отображается): ",
    ),
    "paste.iam": (
        "IAM token, as `yc iam create-token` prints it (nothing is shown while you type): ",
        "IAM-токен, как его печатает `yc iam create-token` (ввод не отображается): ",
    ),
    "again": ("Try again, or press Enter to give up.", "Попробуйте ещё раз или нажмите Enter, чтобы отказаться."),
    # Where the login rests.
    "keep.choose": ("Where shall the login be kept?", "Где хранить вход?"),
    "keep.kernel": ("only in this kernel, until it ends", "только в этом ядре, пока оно работает"),
    "keep.file": ("in a file that only you can read", "в файле, который можете читать только вы"),
    "keep.keyring": ("in the keyring of this system", "в хранилище ключей системы"),
    # Who is logged in.
    "who.as": ("{display} ({login})", "{display} ({login})"),
    "who.org": ("organisation {id} ({kind})", "организация {id} ({kind})"),
    "who.source": ("token from {source}", "токен: {source}"),
    "who.left": ("{left} left (until {until} UTC)", "осталось {left} (до {until} UTC)"),
    "who.ended": ("ended at {until} UTC", "закончился {until} UTC"),
    "who.session": ("session {name}", "сессия {name}"),
    "who.current": ("session {name} (current)", "сессия {name} (текущая)"),
    "who.silent": ("{session}: {problem}", "{session}: {problem}"),
    "who.already": (
        "You are logged in already, as {who}. A new login takes its place; %tracker logout ends this one.",
        "Вы уже вошли как {who}. Новый вход заменит этот; %tracker logout завершает его.",
    ),
    "left.days": ("{count} days", "{count} дн."),
    "left.hours": ("{count} h", "{count} ч"),
    "left.minutes": ("{count} min", "{count} мин"),
    "left.seconds": ("{count} s", "{count} с"),
    # Logging out.
    "out.nobody": ("Nobody was logged in.", "Никто не входил."),
    "out.closed": (
        "Session {name} is closed; its token is forgotten here.",
        "Сессия {name} закрыта; токен здесь забыт.",
    ),
    "out.profile": ("The saved login {profile!r} is removed.", "Сохранённый вход {profile!r} удалён."),
    "out.revoked": ("The service has revoked the token.", "Сервис отозвал токен."),
    "out.revoke": ("Revoke the token yourself, if you wish: {url}", "Отозвать токен можно самим: {url}"),
    "out.refused": (
        "The service did not revoke the token ({reason}). Revoke it yourself, if you wish: {url}",
        "Сервис не отозвал токен ({reason}). Отозвать его можно самим: {url}",
    ),
    "out.environment": (
        "The environment still names the token ({source}); unset it to end that, too.",
        "Токен всё ещё назван в окружении ({source}); уберите его и оттуда.",
    ),
    "out.iam": (
        "The IAM token ends by itself, within 12 hours.",
        "IAM-токен закончится сам, не позже чем через 12 часов.",
    ),
}


def text(key: str, lang: Lang, **values: object) -> str:
    """One text in one language, its `{names}` filled in."""
    return TEXTS[key][1 if lang == "ru" else 0].format(**values)


def language(chosen: str | None, environ: Mapping[str, str]) -> Lang:
    """The language of the login: the one chosen, else that of the kernel's locale, else English."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "ru" if (chosen or locale).lower().startswith("ru") else "en"


def left(seconds: float, lang: Lang) -> str:
    """A time that is left, in its largest unit: `11 days`, `3 h`, `9 min`, `40 s`."""
    for unit, length in (("days", 172_800), ("hours", 7_200), ("minutes", 120)):
        if seconds >= length:
            return text(
                f"left.{unit}", lang, count=int(seconds // {"days": 86_400, "hours": 3_600, "minutes": 60}[unit])
            )
    return text("left.seconds", lang, count=max(0, int(seconds)))
