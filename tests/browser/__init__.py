"""The page of the sandbox's Slack, as a person in front of a browser finds it.

What the page is told and tells is in `tests.sandbox.slack`, without a browser.
"""
