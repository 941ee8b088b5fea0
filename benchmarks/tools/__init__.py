"""What every benchmark may use: what a command uses, and the rows and table of figures."""
