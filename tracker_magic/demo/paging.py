"""Three ways to page."""
class Scrolls:
    """Open scrolls."""
