"""Limits of listings, runs and comparisons."""

HEAD_SIZE = 64 * 1024
"""Bytes at the start of an object that are compared with what the public URL serves."""
MOST_FINDINGS = 100
"""Warnings of one run that the catalogue keeps."""
PART = 8 * 1024 * 1024
"""Bytes: an upload that is interrupted before it has sent so many starts over, a larger one is resumed."""
MOST_NAMES = 5_000_000
"""Names in one folder: a listing with more counts as endless."""
MOST_OBJECTS = 10_000_000
"""Objects of one source, or of a destination: a listing with more counts as endless."""
MOST_EMPTY = 1_000
"""Answers without a name in a row, while a folder is listed: after more, the listing counts as endless."""
