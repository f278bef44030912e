"""How much is taken of a listing, kept of a run, compared of an object."""

HEAD_SIZE = 64 * 1024
"""Bytes at the start of an object that are compared with what the public URL serves."""
MOST_FINDINGS = 100
"""Warnings of one run that the catalogue keeps."""
PART = 8 * 1024 * 1024
"""Bytes: an upload that is broken off before it has sent so many starts over, a larger one is resumed."""
MOST_NAMES = 5_000_000
"""Names in one folder: more are only listed by a file system or a server that never ends."""
MOST_OBJECTS = 10_000_000
"""Objects of one source, or of a destination: a listing that gives more is taken for one that never ends."""
MOST_EMPTY = 1_000
"""Answers in a row without a name, when a server is asked for the names in a folder."""
