"""Replaces the links in a document by stable URLs."""
