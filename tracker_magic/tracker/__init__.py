"""Class Tracker: joins the parts below; plain Python, so that all that a magic does can be called from a script."""

from tracker_magic.tracker.connection import Me
from tracker_magic.tracker.issues import Explanation
from tracker_magic.tracker.tracker import Tracker, connect, signed_in, tracker_of

__all__ = ["Explanation", "Me", "Tracker", "connect", "signed_in", "tracker_of"]
