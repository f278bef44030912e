"""URLs as text: nothing here opens one. Pure."""
