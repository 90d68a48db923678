"""The database: its pipeline, readers of its tables, and dlt's errors in a sentence."""
