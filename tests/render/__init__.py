"""What is drawn, within Slack's rules, nothing hidden and nothing harmful; pure.

When it is posted is in `tests.messages`.
"""
