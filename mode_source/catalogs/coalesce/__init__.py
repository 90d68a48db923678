"""Coalesce Catalog: the six files that it takes for Mode, and their upload (docs/catalog-contract.md)."""
