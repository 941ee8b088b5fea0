"""The page of the sandbox's Slack, as a person in front of a browser finds it."""
