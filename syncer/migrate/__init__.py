"""Links in a document become stable URLs."""
