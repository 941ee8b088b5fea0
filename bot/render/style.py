"""Which of Slack's blocks messages are made of."""

from typing import Literal

#: ``native``: Slack's plan and chart blocks. ``plain``: sections, which every workspace shows.
Style = Literal["native", "plain"]
