"""The API service: a handler for each address, by group."""
