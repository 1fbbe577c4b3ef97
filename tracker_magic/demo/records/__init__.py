"""Renders the world as JSON of the API."""
