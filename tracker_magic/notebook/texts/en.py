"""The English texts; `{name}` stands for a value, `{link}` for a link that the form or the console puts there."""

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # The form: titles, buttons and what happens now.
    "form.title": "Log in to Yandex Tracker",
    "form.saved": (  # ipywidgets 7 shows 110 characters
        "Log in to Tracker: this form needs a running kernel and widgets; %tracker login --prompt needs no widgets."
    ),
    "form.continue": "Continue",
    "form.submit": "Log in",
    "form.retry": "Try again",
    "form.new_code": "Get a new code",
    "form.more": "Other ways",
    "form.back": "Back",
    "form.cancel": "Cancel",
    "form.copy": "Copy",
    "form.copied": "Copied",
    "form.countdown": "Waiting for you to allow access; the code expires in {time}.",
    "form.working": "Contacting the service…",
    "form.cancelled": "The login was cancelled; nothing was saved. {login} starts again.",
    "form.still": "You are still logged in as {person}.",
    "form.disconnected": "The kernel of this form has ended: run this cell again.",
    "form.nothing_pasted": "Paste it into the field first",
    "form.no_thread": "The kernel could not start a thread; end what you no longer need, then try again",
    "form.removed": (
        "It was removed from the field, as it might be secret. A token or code has a field of its own, whose text is "
        "hidden."
    ),
    "form.unexpected": "This is a bug in tracker_magic: please report it, and try another way to log in.",
    # The strategies.
    "strategy.choose": "How to log in",
    "strategy.recommended": "{strategy} (recommended)",
    "strategy.device": "Type a code on Yandex's page",
    "strategy.code": "Paste a confirmation code",
    "strategy.token": "Paste a token that you have, or get one",
    "strategy.demo": "Try the demo, without an account",
    "strategy.demo.help": "Uses a made-up Tracker on this machine.",
    "strategy.iam": "Paste an IAM token (Yandex Cloud)",
    "strategy.env": "Use environment variables",
    "strategy.stored": "Use a saved login",
    "strategy.yc": "Use the Yandex Cloud CLI (yc)",
    "strategy.service-account": "Use a service account key",
    "strategy.metadata": "Use the service account of this virtual machine",
    "strategy.exchange": "Exchange an OAuth token for an IAM token (deprecated)",
    "strategy.device.help": (
        "You get a short code and a link, enter the code there and allow access. The login continues by itself."
    ),
    "strategy.code.help": "You open a link, allow access, and paste the code that the page shows.",
    "strategy.token.help": (
        "You open a link, allow access, and paste the token; or you paste one that you have, which needs no ClientID. "
        "It is valid for up to a year and is not renewed."
    ),
    "strategy.iam.help": "For Yandex Cloud: paste the output of `yc iam create-token`. It is valid for up to 12 hours.",
    "strategy.env.help": "Reads TRACKER_TOKEN or TRACKER_IAM_TOKEN from the environment of this kernel.",
    "strategy.stored.help": "Uses the login that you saved on this machine.",
    "strategy.yc.help": (
        "For Yandex Cloud and its federations: runs `yc` on this machine, where you must be logged in already."
    ),
    "strategy.service-account.help": (
        "Acts as a service account, with the key in TRACKER_SA_KEY (JSON) or TRACKER_SA_KEY_FILE. Tracker's support "
        "must have enabled the account."
    ),
    "strategy.metadata.help": "Acts as the service account of this virtual machine in Yandex Cloud, not as you.",
    "strategy.exchange.help": (
        "Exchanges TRACKER_TOKEN for an IAM token. Yandex Cloud is retiring this exchange: prefer `yc`."
    ),
    # The organisation.
    "organisation.id": "Organisation ID",
    "organisation.help": (
        "You find it at {link} (Administration → Organizations). It may be one of Yandex 360 (digits) or of Yandex "
        "Cloud (begins with bpf)."
    ),
    "organisation.kind.360": "Yandex 360",
    "organisation.kind.cloud": "Yandex Cloud",
    "organisation.missing": "Enter the ID of your organisation",
    "organisation.invalid": (
        "This is not an organisation ID, and its name does not do: an ID consists of digits, or of letters and digits"
    ),
    "organisation.refused": "Tracker does not let this account into that organisation",
    "organisation.check": "Check the ID, and that the account is the one with which you open Tracker.",
    # The app.
    "app.client_id": "ClientID of the app",
    "app.why": "Yandex lets a program read Tracker in your name only if it is registered as an app; you do that once.",
    "app.register": "No app yet? Three steps:",
    "app.register.1": "Open {link} and choose “For API access or debugging”.",
    "app.register.2": "Enter a name and your e-mail, add the permission tracker:read (it is enough), and save.",
    "app.register.3": "Copy the ClientID from the page that opens, and paste it here.",
    "app.client_id.missing": "Enter the ClientID of your app; the three steps show how to get one",
    "app.client_id.invalid": "This is not a ClientID: it consists of 32 digits and letters from a to f",
    "app.secret": "Secret of the app",
    "app.check": "Check the ClientID and the secret of the app.",
    "app.secret.help": "It is called “Client secret”, on the page of your app at {link}, below the ClientID.",
    "app.secret.known": "✓ The secret of the app is known already and stays hidden.",
    "app.secret.typed": "typed; it is hidden",
    "app.secret.missing": "Enter the secret of the app; or choose the confirmation code, which needs none",
    # Links to open, codes to enter, texts to paste.
    "link.allow": "Open {link} and allow access.",
    "link.device": "Open {link} and enter this code:",
    "link.page": "Yandex's page",
    "paste.code": "The code, or the whole address of the page",
    "paste.token": "The token, or the whole address of the page",
    "paste.rejected": "Tracker does not accept this token: it is wrong, has expired or was revoked",
    "paste.again": "Copy all of it again, or get a new one.",
    "paste.iam": "The IAM token",
    # Where the token is stored.
    "storage.choose": "Keep the login",
    "storage.kernel": "in this kernel only",
    "storage.keyring": "in the system keyring",
    "storage.file": "in a file that only you can read",
    # The console.
    "console.secret": "{label} (your input is not shown)",
    "console.app_secret": "Secret of the app (your input is not shown; press Enter if there is none)",
    "console.client_id": "ClientID of the app (press Enter if you have a token)",
    "console.number": "Number [1]",
    "console.number_invalid": "Enter a number from 1 to {last}.",
    "console.code": "Code: {code}",
    "console.waiting": "▸ waiting for you to allow access · the code expires in {left} · interrupt to cancel",
    "console.waited": "▸ no longer waiting",
    "console.try_again": "Try again, or press Enter to cancel.",
    # Who is logged in: the parts of a line.
    "identity.no_organisation": "none",
    "status.organisation": "organisation {id} ({kind})",
    "status.no_organisation": "no organisation",
    "status.source": "token from {source}",
    "status.demo": "This is the demo: a Tracker that runs on this machine, not the service.",
    "status.time_left": "{left} left (until {until} UTC)",
    "status.expired": "expired at {until} UTC",
    "status.session": "session {name}",
    "status.current_session": "session {name} (current)",
    "status.already": ("You are already logged in as {person}. A new login replaces this one; {logout} ends it."),
    "duration.days": "{count} days",
    "duration.hours": "{count} h",
    "duration.minutes": "{count} min",
    "duration.seconds": "{count} s",
    # What takes the form's place.
    "direct.env": "Use the token in {name}",
    "direct.stored": "Use the saved login: {user}",
    "direct.demo": "Try the demo, without an account",
    "card.until": "until {until}",
    "card.made": "Logged in on {at}",
    "card.ended": "logged out on {at}",
    "card.end": "{logout} ends it.",
    "card.kernel": "After a restart of the kernel, run this cell again.",
    "card.stored": "It is saved: after a restart of the kernel it is used by itself.",
    "date.months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    # Logging out.
    "out.nobody": "Nobody was logged in.",
    "out.closed": "Session {name} is closed; its token is no longer in this kernel.",
    "out.profile": "The saved login {profile!r} is removed.",
    "out.revoked": "The service has revoked the token.",
    "out.revoked_for_all": "The service has revoked the token: other programs that used it must log in again.",
    "out.revoke": "The token stays valid for whatever else uses it; you can revoke it for all of them at {url}",
    "out.refused": "The service did not revoke the token ({reason}). You can revoke it at {url}",
    "out.demo": "The demo itself goes on; %tracker demo logs in to it again.",
    "out.environment": "The environment still names the token ({source}); unset it there as well.",
    "out.iam": "The IAM token expires by itself, within 12 hours.",
    # How a line was read.
    "reading.no_issues": "0 issues.",
    "reading.no_rows": "0 rows.",
    "reading.as_text": "`{text}` was searched as text; a condition is written like `Queue: DEV`.",
    "reading.guess": "`{text}` was searched as text; did you mean `{line}`?",
    "reading.not_stored": "Nothing was stored: to search for the text, put it in quotes, or type `%tracker query …`.",
    "reading.keys": "`{typed}` was read as {keys}; `%tracker query {typed}` searches for the text.",
}
