"""What publishing, backing up and clearing cost, measured: ``make bench`` fills the table of README.md."""
