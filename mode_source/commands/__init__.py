"""The commands, grouped by what they work on; `cli` puts them together."""
