"""The login form: every way to log in, for a person who has never heard of OAuth."""

from tracker_magic.notebook.form.view import LoginForm

__all__ = ["LoginForm"]
