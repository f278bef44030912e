"""What a URL is by its text. Pure."""
