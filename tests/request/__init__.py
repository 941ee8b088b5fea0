"""What a person asks for, filled in from the config document or refused at the field that is wrong; retries too.

How a request is written in Slack is in `tests.language`.
"""
