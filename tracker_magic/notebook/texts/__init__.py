"""The texts of the login form and the console, in English and Russian, with one look-up for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from tracker_magic.auth.oauth import may_need_secret
from tracker_magic.errors import TrackerError, WrongOrganisation
from tracker_magic.notebook.texts import en, ru, ru_errors

Lang = Literal["en", "ru"]

# The pages that the texts name, below the addresses of Tracker and of the login service.
ORGANISATIONS_PATH: Final = "/admin/orgs"
NEW_APP_PATH: Final = "/client/new/"

_TEXTS: Final[Mapping[Lang, Mapping[str, str]]] = {"en": en.TEXTS, "ru": ru.TEXTS}


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What went wrong, and what to do about it."""

    message: str
    hint: str = ""


def text(key: str, lang: Lang, **values: object) -> str:
    """Return a text in one language, with its placeholders filled in."""
    return _TEXTS[lang][key].format(**values)


def source_text(source: str, lang: Lang) -> str:
    """Return where a token comes from in one language; names, and what has no translation, stay as they are."""
    if lang == "en":
        return source
    translated = (shown + source[len(start) :] for start, shown in ru.SOURCES.items() if source.startswith(start))
    return next(translated, source)


def language(chosen: str | None, environ: Mapping[str, str]) -> Lang:
    """Return the language of the login: the chosen one, else that of the kernel's locale, else English."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "ru" if (chosen or locale).lower().startswith("ru") else "en"


def date(when: datetime, lang: Lang) -> str:
    """Return a day as people write it, in UTC: `28 Nov 2027`."""
    return f"{when.day} {text('date.months', lang).split()[when.month - 1]} {when.year}"


def duration(seconds: float, lang: Lang) -> str:
    """Return a duration in its largest unit, as people say it: `11 days`, `3 h`, `9 min`, `40 s`."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return text(f"duration.{unit}", lang, count=int(seconds // length))
    return text("duration.seconds", lang, count=max(0, int(seconds)))


def error_text(error: TrackerError, lang: Lang) -> ErrorText:
    """Return the text of an error in one language, chosen by its `reason`.

    Errors are raised in English; a reason without a translation stays English, and so do the service's own words.
    """
    if lang == "en" or error.reason not in ru_errors.ERRORS:
        return ErrorText(error.message, error.hint)
    message, hint = ru_errors.ERRORS[error.reason]
    return ErrorText(f"{message}: {error.detail}" if error.detail else message, hint)


def answerable_error_text(error: TrackerError, lang: Lang) -> ErrorText:
    """Return the text of an error for whoever can type another answer at once, and needs no variable or header."""
    if isinstance(error, WrongOrganisation):
        if error.reason == "no_organisation":
            return ErrorText(text("organisation.missing", lang))
        return ErrorText(text("organisation.refused", lang), text("organisation.check", lang))
    shown = error_text(error, lang)
    return replace(shown, hint=text("app.check", lang)) if may_need_secret(error) else shown
