"""The login form's own texts: key → (English, Russian). `{link}` stands for a link that the form puts there."""

from typing import Final

from tracker_magic.errors import TrackerError
from tracker_magic.notebook.form.state import Problem
from tracker_magic.notebook.russian import said
from tracker_magic.notebook.texts import Lang

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Log in to Yandex Tracker", "Вход в Яндекс Трекер"),
    "title_done": ("You are logged in to Yandex Tracker", "Вы вошли в Яндекс Трекер"),
    "org": ("Organisation id", "Идентификатор организации"),
    "org_help": (
        "Digits, or letters and digits that begin with bpf. It stands at {link}.",
        "Цифры, либо буквы и цифры, которые начинаются с bpf. Он указан на странице {link}.",
    ),
    "kind": ("It belongs to", "Чей он"),
    "kind_auto": ("told from its form", "видно по его форме"),
    "kind_360": ("Yandex 360 for Business", "Яндекс 360 для бизнеса"),
    "kind_cloud": ("Yandex Cloud", "Yandex Cloud"),
    "way": ("How to log in", "Как войти"),
    "recommended": ("{way} (recommended)", "{way} (лучше всего)"),
    "way_device": ("Type a code on Yandex's page", "Ввести код на странице Яндекса"),
    "way_code": ("Bring a confirmation code", "Принести код подтверждения"),
    "way_token": ("Paste a token", "Вставить токен"),
    "way_iam": ("Paste an IAM token", "Вставить IAM-токен"),
    "way_env": ("Environment variables", "Переменные окружения"),
    "way_stored": ("A login stored earlier", "Сохранённый ранее вход"),
    "way_yc": ("Yandex Cloud CLI (yc)", "Yandex Cloud CLI (yc)"),
    "way_service-account": ("Service account's key", "Ключ сервисного аккаунта"),
    "way_metadata": ("This machine's own account", "Аккаунт этой виртуальной машины"),
    "way_exchange": ("OAuth token for IAM token (being withdrawn)", "OAuth-токен в обмен на IAM (отключают)"),
    "help_device": (
        "You get a short code and a link, type the code there and allow access. The form notices by itself.",
        "Вы получите короткий код и ссылку, введёте код там и разрешите доступ. Форма узнает об этом сама.",
    ),
    "help_code": (
        "You open a link, allow access, and paste the code that the page shows.",
        "Вы откроете ссылку, разрешите доступ и вставите сюда код со страницы.",
    ),
    "help_token": (
        (
            "You open a link, allow access, and paste the token. It lives up to a year and is not renewed. "
            "If you have a token already, leave the ClientID empty."
        ),
        (
            "Вы откроете ссылку, разрешите доступ и вставите токен. Он живёт до года и не продлевается. "
            "Если токен уже есть, оставьте ClientID пустым."
        ),
    ),
    "help_iam": (
        "For Yandex Cloud: what `yc iam create-token` prints. It lives 12 hours at most.",
        "Для Yandex Cloud: то, что печатает `yc iam create-token`. Живёт не дольше 12 часов.",
    ),
    "help_env": (
        "Takes TRACKER_TOKEN or TRACKER_IAM_TOKEN from this kernel's environment.",
        "Берёт TRACKER_TOKEN или TRACKER_IAM_TOKEN из окружения этого ядра.",
    ),
    "help_stored": (
        "Takes the login that you kept in the keyring or in a file.",
        "Берёт вход, который вы сохранили в связке ключей или в файле.",
    ),
    "help_yc": (
        "For Yandex Cloud and federations: asks the `yc` program of this machine, which must be logged in.",
        "Для Yandex Cloud и федераций: спрашивает программу `yc` на этой машине; вход в ней уже выполнен.",
    ),
    "help_service-account": (
        "Acts as a service account: its key stands in TRACKER_SA_KEY_FILE. Tracker's support must have let it in.",
        "Действует от имени сервисного аккаунта: ключ в TRACKER_SA_KEY_FILE. Поддержка Трекера должна его впустить.",
    ),
    "help_metadata": (
        "Acts for the machine, not for you: takes the service account of this virtual machine in Yandex Cloud.",
        "Действует от имени машины, а не вас: берёт сервисный аккаунт этой виртуальной машины в Yandex Cloud.",
    ),
    "help_exchange": (
        "Exchanges TRACKER_TOKEN for an IAM token. Yandex Cloud is withdrawing this: prefer `yc`.",
        "Меняет TRACKER_TOKEN на IAM-токен. Yandex Cloud это отключает: лучше `yc`.",
    ),
    "client_id": ("ClientID of the app", "ClientID приложения"),
    "register_title": ("No app yet? Three steps:", "Приложения ещё нет? Три шага:"),
    "register_1": (
        "Open {link} and choose <b>For API access or debugging</b>.",
        "Откройте {link} и выберите <b>Для доступа к API или отладки</b>.",
    ),
    "register_2": (
        "Give it a name and your e-mail, and add the right <code>tracker:read</code>: it is enough. Save.",
        "Дайте имя, укажите почту и добавьте право <code>tracker:read</code>: его достаточно. Сохраните.",
    ),
    "register_3": ("Copy the ClientID into the field above.", "Скопируйте ClientID в поле выше."),
    "secret_app": ("The app's secret", "Секрет приложения"),
    "secret_code": ("The code, or the whole address of the page", "Код или весь адрес страницы"),
    "secret_token": ("The token, or the whole address of the page", "Токен или весь адрес страницы"),
    "secret_iam": ("The IAM token", "IAM-токен"),
    "secret_kept": (
        "✓ The app's secret is here; it is shown nowhere.",
        "✓ Секрет приложения получен и нигде не виден.",
    ),
    "place": ("Keep the login", "Где хранить вход"),
    "place_kernel": ("in this kernel only", "только в этом ядре"),
    "place_keyring": ("in the system's keyring", "в системной связке ключей"),
    "place_file": ("in a file that only you can read", "в файле, который читаете только вы"),
    "go_on": ("Continue", "Продолжить"),
    "submit": ("Log in", "Войти"),
    "again": ("Try again", "Попробовать ещё раз"),
    "new_code": ("Get a new code", "Получить новый код"),
    "back": ("Back", "Назад"),
    "cancel": ("Cancel", "Отмена"),
    "start": ("Log in", "Войти"),
    "log_out": ("Log out", "Выйти"),
    "open": ("Open {link} and allow access.", "Откройте {link} и разрешите доступ."),
    "open_device": ("Open {link} and type this code there:", "Откройте {link} и введите там этот код:"),
    "page": ("Yandex's page", "страницу Яндекса"),
    "copy": ("Copy", "Скопировать"),
    "copied": ("Copied", "Скопировано"),
    "countdown": (
        "Waiting for you to allow access; the code lives {time} more.",
        "Жду, пока вы разрешите доступ; код живёт ещё {time}.",
    ),
    "working": ("Asking the service…", "Спрашиваю сервис…"),
    "paste_first": ("Paste it into the field first.", "Сначала вставьте его в поле."),
    "org_missing": ("Type the id of your organisation.", "Введите идентификатор организации."),
    "org_wrong": (
        "This is no organisation id: it is digits, or letters and digits.",
        "Это не идентификатор организации: он состоит из цифр или из букв и цифр.",
    ),
    "client_id_missing": (
        "Type the ClientID of your app; the three steps under that field make one.",
        "Введите ClientID приложения; как его получить, сказано в трёх шагах под этим полем.",
    ),
    "secret_missing": (
        "This way needs the app's secret, from the same page as the ClientID. A confirmation code needs none.",
        "Здесь нужен секрет приложения, он на той же странице, что и ClientID. Для кода подтверждения он не нужен.",
    ),
    "unexpected": (
        "This was not expected; choose another way to log in, and tell the authors.",
        "Этого никто не ждал; выберите другой способ входа и напишите авторам.",
    ),
    "cancelled": ("The login was cancelled; nothing was kept.", "Вход отменён, ничего не сохранено."),
    "who": ("Logged in as", "Вход как"),
    "organisation": ("Organisation", "Организация"),
    "no_organisation": ("none", "нет"),
    "until": ("Until", "Действует до"),
    "no_end": ("not known", "неизвестно"),
    "source": ("By", "Способ"),
    "rests": ("Kept", "Хранится"),
    "saved": (
        "Log in to Yandex Tracker: this form needs a running kernel. Run %tracker login.",
        "Вход в Яндекс Трекер: форме нужно работающее ядро. Выполните %tracker login.",
    ),
}


class Say:
    """What the form says, in one language."""

    def __init__(self, lang: Lang) -> None:
        self._lang: Lang = lang

    def __call__(self, key: str) -> str:
        """One of the texts above."""
        return TEXTS[key][1 if self._lang == "ru" else 0]

    def problem(self, error: TrackerError) -> Problem:
        """What an error says, and what to do; tokens are masked in it already."""
        return Problem(*said(error, self._lang))
