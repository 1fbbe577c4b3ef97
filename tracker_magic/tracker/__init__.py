"""Class Tracker, which joins the lower layers; plain Python, so that a script can do whatever the magic does."""

from tracker_magic.tracker.connection import Me
from tracker_magic.tracker.issues import Explanation
from tracker_magic.tracker.tracker import Tracker, connect, find_credentials, signed_in, tracker_of

__all__ = ["Explanation", "Me", "Tracker", "connect", "find_credentials", "signed_in", "tracker_of"]
