"""The workspace itself: its values and state, who may do what how often, and the conversation as people read it.

Put here what Slack remembers and how it looks; what an app may send is in ``rules``, and no server is here.
"""
