"""Class Tracker, put together from its groups of methods, and `connect`."""

import os
from typing import Any

from tracker_magic.auth import Organisation, from_environment
from tracker_magic.auth.environment import CURE
from tracker_magic.config import Addresses
from tracker_magic.errors import BadOption, NotLoggedIn
from tracker_magic.tracker.dictionaries import Dictionaries
from tracker_magic.tracker.parts import Parts
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
        return _connect_anew, (self.base_url, self._signature.organisation, self.tz, self.lang, self.timeout)


def connect(profile: str | None = None, **settings: Any) -> Tracker:
    """A Tracker from what the environment says (TRACKER_TOKEN, TRACKER_ORG_ID, …); never prompts.

    `settings` are those of Tracker (`tz`, `lang`, `timeout`, `search_rps`, `other_rps`).
    Raises NotLoggedIn naming the cures where there is no token, SettingsError naming every mistake.
    """
    if profile is not None:
        raise BadOption(f"there is no stored profile {profile!r}", hint=CURE)
    addresses = Addresses.from_environment(os.environ)
    login = from_environment(os.environ)
    if login is None:
        raise NotLoggedIn("the environment names no token", hint=CURE)
    if login[1] is None and addresses.api == Addresses().api:
        raise NotLoggedIn("the environment names a token but no organisation", hint=CURE)
    return Tracker(login=login, base_url=addresses.api, web_url=addresses.web, **settings)


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
