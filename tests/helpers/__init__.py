"""What tests of several folders share and no fixture gives: the scene, documents, conversations, gates, values.

What only one folder uses stays in it; stand-ins of the engine's ports are in `tests.fakes`.
"""
