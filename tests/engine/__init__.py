"""The engine as its callers see it: the facade and the settings.

What stands behind the facade has a folder of its own, with the name of its package.
"""
