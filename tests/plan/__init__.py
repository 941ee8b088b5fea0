"""What is decided before anything is touched: inventory, safety rules, the plan, the estimate, the look at the source.

What a person asked for is in `tests.request`.
"""
