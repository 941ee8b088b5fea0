"""What is told of a replay, and when: its messages kept in step, who tells, the caretaker, Slack's pace, the records.

How a message looks is drawn in `bot.render`; no queue is known here.
"""
