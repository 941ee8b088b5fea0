"""What the bot and the stand-in say, against what others have written down about Slack; nothing of it was made here."""
