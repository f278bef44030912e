"""Proving that the host is ours: `property` says which URLs are covered, `file` is the signature file."""
