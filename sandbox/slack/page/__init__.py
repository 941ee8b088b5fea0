"""The page in which people use the workspace from a browser: its server, what it shows, and its ``static`` files.

Of those, ``blocks`` draws Block Kit, ``panes`` the parts of the page, and ``main.js`` puts them together. Put here only
what a browser needs; every act goes through ``people``, as in the tests.
"""
