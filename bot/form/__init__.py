"""The request form: its fields, the modal, and what a filled one holds. Pure.

What the options are is told by the engine; what a listener does with a form belongs in `bot.listeners`.
"""
