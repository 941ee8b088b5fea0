"""How soon the bot acknowledges what people do in Slack."""
