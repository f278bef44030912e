"""HTTP: the client, its guard and its readers."""
