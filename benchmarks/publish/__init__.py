"""What publishing costs: one publisher and several, against `zcat | kcat`, its memory, and where its time goes."""
