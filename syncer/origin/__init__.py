"""The public side: paths and URLs, looks at them, the rules of an answer, and whose the domain is."""
