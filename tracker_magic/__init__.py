"""Yandex Tracker in a notebook."""
