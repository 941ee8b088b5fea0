"""Vendor SDK <-> port, and nothing else. Only here are vendor packages imported."""
