"""What a person does on the pages of a login."""

import re

import requests


def decide(link: str, decision: str = "allow") -> requests.Response:
    """Open the page of a login and press a button; redirects are not followed."""
    with requests.Session() as session:
        session.trust_env = False
        page = session.get(link, params={"force_confirm": "yes"}, allow_redirects=False, timeout=10)
        form = re.search(r'name="confirmation" value="([^"]+)"', page.text)
        if form is None:
            return page
        data = {"decision": decision, "confirmation": form[1]}
        return session.post(link, data=data, allow_redirects=False, timeout=10)
