"""From tables to other people's catalogs: one module or package per target."""
