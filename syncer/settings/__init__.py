"""The kinds of values in a config, and secrets."""
