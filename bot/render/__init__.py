"""What Slack shows, a file for each thing that is shown.

All of it is pure: from the engine's values to Slack's blocks, views and texts. Whatever a person, the config or a
store has named is made harmless on the way, and everything is within the lengths and counts that Slack takes.
"""
