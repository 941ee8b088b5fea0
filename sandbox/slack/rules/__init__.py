"""What Slack accepts: blocks, elements, charts, rich text and views, as tables of checks with Slack's own numbers.

Put here what is true of one payload by itself; what depends on the state of the workspace does not belong here.
"""
