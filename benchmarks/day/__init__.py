"""Whole days: one of very many blobs, and one of very many lines."""
