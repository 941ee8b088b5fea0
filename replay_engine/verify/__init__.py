"""Is the world as the journals say: where the originals are, and what each stage demands. Reads only.

What a step checks for itself before it acts belongs to the step.
"""
