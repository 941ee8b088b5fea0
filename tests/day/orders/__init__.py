"""What every order of a person or of the worker does to a day, wherever in its life it is given."""
