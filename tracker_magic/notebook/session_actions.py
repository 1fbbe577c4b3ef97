"""The commands about sessions: log in, who it is, change, log out, the demo."""

import os
from datetime import UTC, datetime

from tracker_magic.auth import Found, Login, Token, Ways, by_name, organisation
from tracker_magic.config import Addresses
from tracker_magic.notebook import show
from tracker_magic.notebook.asked import Asked, Result
from tracker_magic.notebook.login import Wanted, log_in
from tracker_magic.notebook.sessions import FIRST, demo_is_around, logged_out
from tracker_magic.secret import Secret


def login(asked: Asked) -> Result:
    """Log in, and say who that is; where a form is shown, it says so itself."""
    wanted = Wanted(
        name=asked.session or FIRST,
        lang=asked.lang,
        strategy=asked.option("strategy"),
        organisation=organisation(asked.option("org_id"), asked.option("cloud_org_id")),
        profile=asked.option("profile"),
        place=asked.option("save"),
    )
    return _standing(asked, wanted.name) if log_in(wanted, asked.sessions, asked.shell) else Result(None)


def me(asked: Asked) -> Result:
    """Who is logged in, and every open session: a frame."""
    asked.sessions.tracker(asked.session)
    return _standing(asked, asked.session)


def logout(asked: Asked) -> Result:
    """Forget a session, and end its token where that can be."""
    return Result(None, show.note(*logged_out(asked.sessions, asked.session, asked.lang).splitlines()))


def use(asked: Asked) -> Result:
    """Change the current session; without a name, list all."""
    if asked.session:
        asked.sessions.use(asked.session)
        return _standing(asked, asked.session)
    return Result(show.sessions(asked.sessions.standings()))


def demo(asked: Asked) -> Result:
    """Join the demo that started this Jupyter, else start one in this kernel; log in."""
    if demo_is_around():
        found = by_name(Ways(os.environ), "env")
    else:
        running = asked.demo()
        found = Found(
            Login(Token(Secret(running.names["TRACKER_TOKEN"])), "demo"),
            organisation(running.names["TRACKER_ORG_ID"], None),
            Addresses(api=running.url, oauth=running.url, iam=running.url, metadata=running.url, web=running.url),
        )
    name = asked.option("session", FIRST)
    asked.sessions.open(name, found)
    return _standing(asked, name)


def _standing(asked: Asked, name: str | None) -> Result:
    standings = asked.sessions.standings(name)
    return Result(show.sessions(standings), show.who(standings, asked.lang, datetime.now(UTC)))
