"""The world that a replay works in: telemetry, seeded days, the sinks, the pipeline behind them, and looks at them.

Put here what knows the meaning of the data, and what starts the parts together; the parts themselves (storage,
brokers, Druid, Slack) do not belong here, and the bot does not either.
"""
