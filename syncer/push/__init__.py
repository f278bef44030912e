"""Drafts at the platform, and what became of them."""
