"""Drafts at the platform, and their status."""
