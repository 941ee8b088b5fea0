"""What backing up and clearing cost, when every request to the store takes its time."""
