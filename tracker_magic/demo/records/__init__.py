"""Native values as the JSON of the API."""
