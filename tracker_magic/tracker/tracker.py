"""Class Tracker, put together from its groups of methods, and `connect`."""

import os
from dataclasses import replace
from typing import Any

from tracker_magic.auth import Credentials, LoginContext, Organisation, default_credentials
from tracker_magic.auth.environment import CURE
from tracker_magic.errors import Forbidden, NotLoggedIn
from tracker_magic.settings import Addresses
from tracker_magic.tracker.dictionaries import Dictionaries
from tracker_magic.tracker.issue_lists import Parts
from tracker_magic.tracker.raw import Raw


class Tracker(Parts, Dictionaries, Raw):
    """Yandex Tracker as one login sees it; every method that lists something gives a typed pandas DataFrame.

    `Tracker(token=…, org_id=…)`, or `cloud_org_id=`, `iam_token=`, `base_url=`; reads no environment (`connect()`
    does). Without an organisation: an error at the default address, the internal variant at another. `tz` is the zone
    of datetime columns, `lang` (ru, en) the language of display texts, `timeout` the most seconds a call may take,
    `search_rps` and `other_rps` the most requests a second (None: no limit).

    Raises BadOption for two tokens, two organisations, or an address that would send the token in the open.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _connect_anew, (self.base_url, self.organisation, self.tz, self.lang, self.timeout)


def connect(profile: str | None = None, **settings: Any) -> Tracker:
    """A Tracker from the environment (TRACKER_TOKEN, TRACKER_ORG_ID, …), else from the stored profile; never prompts.

    `profile` names one stored by `%tracker login`, and then that alone is tried. `settings` are those of Tracker
    (`tz`, `lang`, `timeout`, `search_rps`, `other_rps`).
    Raises NotLoggedIn naming the cures where there is no login, SettingsError naming every mistake.
    """
    return tracker_of(default_credentials(LoginContext(os.environ), profile), **settings)


def tracker_of(found: Credentials, **settings: Any) -> Tracker:
    """A Tracker for a login that was found or made. Raises NotLoggedIn where an organisation is needed and missing."""
    if found.organisation is None and found.addresses.api == Addresses().api:
        raise NotLoggedIn(
            f"there is a token ({found.login.source}), but no organisation",
            hint=f"Name it: %tracker login --org-id ID, or --cloud-org-id ID. {CURE}",
        )
    addresses = found.addresses
    return Tracker(login=(found.login, found.organisation), base_url=addresses.api, web_url=addresses.web, **settings)


def signed_in(found: Credentials, **settings: Any) -> Tracker:
    """A Tracker that has been asked who it is, so that a wrong token or organisation fails now.

    Where the organisation is refused, its id is tried once as the other kind; what worked is kept.
    """
    try:
        return _asked(tracker_of(found, **settings))
    except Forbidden as refused:
        if found.organisation is None:
            raise
        try:
            return _asked(tracker_of(replace(found, organisation=found.organisation.other), **settings))
        except Forbidden:
            raise refused from None


def _asked(tracker: Tracker) -> Tracker:
    try:
        tracker.me  # noqa: B018 - asking is the check
    except BaseException:
        tracker.close()
        raise
    return tracker


def _connect_anew(
    base_url: str, organisation: Organisation | None, tz: str, lang: str | None, timeout: float | None
) -> Tracker:
    """A Tracker from a pickle: the login comes from here, and only for the very address and organisation."""
    tracker = connect(tz=tz, lang=lang, timeout=timeout)
    if (tracker.base_url, tracker.organisation) != (base_url, organisation):
        tracker.close()
        raise NotLoggedIn(
            f"this Tracker was made for another service or organisation ({base_url}) than the login here", hint=CURE
        )
    return tracker
