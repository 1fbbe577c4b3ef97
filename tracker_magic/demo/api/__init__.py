"""The API: a handler for each address, by group."""
