"""The query language and the filter object: text → tree → a test of issues."""
