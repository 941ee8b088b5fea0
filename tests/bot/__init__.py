"""The bot's and the worker's processes: settings, access, start, roles, and real deaths.

What runs inside them has a folder of its own, with the name of its package.
"""
