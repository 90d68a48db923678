"""From Mode's answers and what is stored to batches: rows that are there, rows that are gone. Knows no dlt resource."""
