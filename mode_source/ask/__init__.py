"""Questions to the tables: a read-only connection, what depends on a table, SQL, and how answers are printed."""
