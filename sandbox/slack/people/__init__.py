"""What people of the workspace do: type, click, fill in a form, and wait for an answer.

Put here the hands that tests, the demo and the page all use; how it looks in a browser is in ``page``.
"""
