"""The query language and the filter object: a search is compiled into a test of issues."""
