"""A whole small world on one laptop: for the first five minutes, and for the tests.

Everything listens on loopback only, on free ports, and ends with the process that started it. At this level are
the commands and what all parts use (processes, serving, installing, Azurite, Valkey); a part that is more than
one file has a package. Nothing of the product may import it: it is neither in the wheel nor in the image.
"""
