"""What the proof costs that a day has landed."""
