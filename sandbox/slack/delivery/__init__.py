"""What Slack says to an app: the payloads, and the two ways they take, Socket Mode and signed requests.

Put here how something reaches the app and is acknowledged; what made it happen is done by ``people``.
"""
