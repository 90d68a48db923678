"""What the names of columns tell of their tables: prefixes that are a table's name or its initials."""

from __future__ import annotations


def likeness(column: str, table: str) -> int:
    """How much a column's name looks like a table's, from 0: `order_date` of orders, `l_tax` of lineitem.

    Args:
        column: the column.
        table: the table.
    """
    column, table = column.casefold(), table.casefold()
    words = [word for word in table.split("_") if word]
    singular = table[:-1] if table.endswith("s") else table
    if column.startswith((table + "_", singular + "_")):
        return 4
    if words and column.startswith((words[-1] + "_", words[-1].rstrip("s") + "_")):
        return 3
    prefix = column.split("_", 1)[0] if "_" in column else ""
    if prefix and len(prefix) <= 4:
        if prefix == "".join(word[0] for word in words):
            return 2
        if _subsequence(prefix, table):
            return 1
    return 0


def _subsequence(short: str, long: str) -> bool:
    """Whether the letters of `short` occur in `long` in order, beginning with its first (`ps` in
    partsupp).
    """
    rest = iter(long)
    return short[0] == long[:1] and all(letter in rest for letter in short)
