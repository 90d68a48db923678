"""What a column of a relation comes from: base tables, derived tables, unions, functions.

Every relation answers two questions: where does the column NAME come from (`find`), and which columns are
there (`listing`, with ``*`` for those that nobody can list without a catalog).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .naming_habits import likeness
from .records import Certainty
from .table_names import RANK, TableName, least

Key = Callable[[str], str]


@dataclass(frozen=True)
class Origin:
    """A column of a base table; `why` says what its certainty rests on, `place` where the text names it."""

    table: TableName
    column: str
    certainty: Certainty
    why: str = field(default="", compare=False)
    place: int | None = field(default=None, compare=False)


Origins = frozenset[Origin]
NONE: Origins = frozenset()
IN_CATALOG = "the column catalog lists it"
QUALIFIED = "the text ascribes it to the table"
ONLY_TABLE = "no other table in scope can have it, as far as is known"
NOT_LISTED = "nobody can list what * stands for without a column catalog"
PICKED = "several tables may have it; other mentions, naming habits or the order in FROM chose one"


def weaker(origins: Origins, certainty: Certainty, why: str = "") -> Origins:
    """The same columns, none of them surer than `certainty`."""
    if certainty == "certain" or not origins:
        return origins
    return frozenset(
        replace(origin, certainty=certainty, why=why) if RANK[origin.certainty] > RANK[certainty] else origin
        for origin in origins
    )


@dataclass(frozen=True)
class Answer:
    """Where a column comes from; `known` = the relation certainly has it, else it merely may have."""

    origins: Origins
    known: bool


class Relation:
    """Base class: a relation without columns."""

    is_open = False

    def __init__(self) -> None:
        self._asked: dict[str, Answer | None] = {}

    def find(self, key: str, name: str) -> Answer | None:
        """None = it certainly has no such column."""
        if key not in self._asked:
            self._asked[key] = None  # what a relation that contains itself sees
            self._asked[key] = self._find(key, name)
        return self._asked[key]

    def _find(self, key: str, name: str) -> Answer | None:
        return None

    def listing(self) -> list[tuple[str, Origins]]:
        """The columns in order; `*` stands for those that nobody can list."""
        return []

    def field_of(self, key: str, fields: Sequence[str]) -> Origins | None:
        """Where a field of a struct comes from; None = no more is known than of the struct."""
        return None


class Base(Relation):
    """A table of the warehouse. Without a catalog any column may be in it."""

    def __init__(self, table: TableName, columns: tuple[str, ...] | None, key: Key, evidence: set[str]) -> None:
        super().__init__()
        self.table = table
        self.columns = columns
        self.known = {key(column): column for column in columns or ()}
        self.is_open = columns is None
        self.evidence = evidence

    def _find(self, key: str, name: str) -> Answer | None:
        certainty = self.table.certainty
        if key in self.known:
            return Answer(frozenset({Origin(self.table, self.known[key], certainty, IN_CATALOG)}), True)
        if self.columns is not None:
            return None
        return Answer(frozenset({Origin(self.table, name, least(certainty, "likely"), ONLY_TABLE)}), False)

    def qualified(self, key: str, name: str) -> Origins:
        """A column that the text itself ascribes to this table."""
        sure: Certainty = "certain" if self.columns is None or key in self.known else "likely"
        why = IN_CATALOG if key in self.known else QUALIFIED if sure == "certain" else "the column catalog lacks it"
        return frozenset({Origin(self.table, self.known.get(key, name), least(self.table.certainty, sure), why)})

    def listing(self) -> list[tuple[str, Origins]]:
        """The columns that the catalog knows, or `*`."""
        sure = self.table.certainty
        if self.columns is not None:
            return [(column, frozenset({Origin(self.table, column, sure, IN_CATALOG)})) for column in self.columns]
        return [("*", frozenset({Origin(self.table, "*", least(sure, "likely"), NOT_LISTED)}))]


class Nowhere(Relation):
    """A placeholder or file: it may have any column, and none of them leads anywhere."""

    is_open = True

    def _find(self, key: str, name: str) -> Answer | None:
        return Answer(NONE, False)


class Derived(Relation):
    """Columns in order.

    `rest` are relations of which all other columns are passed on (`select *`), `structs` the fields of columns that are
    structs.
    """

    def __init__(
        self,
        columns: Iterable[tuple[str, Origins]],
        key: Key,
        rest: Iterable[tuple[Relation, frozenset[str]]] = (),
        structs: Mapping[str, Mapping[str, Origins]] | None = None,
    ) -> None:
        super().__init__()
        self.structs = structs or {}
        self.columns = list(columns)
        self.rest = list(rest)
        self.is_open = bool(self.rest)
        self._by_key: dict[str, Origins] = {}
        for name, origins in self.columns:
            if name != "*":
                self._by_key.setdefault(key(name), origins)

    def _find(self, key: str, name: str) -> Answer | None:
        if key in self._by_key:
            return Answer(self._by_key[key], True)
        return best([r.find(key, name) for r, without in self.rest if key not in without], self.rest, key)

    def field_of(self, key: str, fields: Sequence[str]) -> Origins | None:
        """Where a field of a struct that the select list makes comes from."""
        return self.structs[key].get(fields[0]) if fields and key in self.structs else None

    def listing(self) -> list[tuple[str, Origins]]:
        """The columns in order; `*` stands for those of `rest`."""
        return self.columns


class Either(Relation):
    """A union: each column comes from all sides, by position where that is known, else by name."""

    def __init__(self, sides: list[Relation], key: Key, by_name: bool = False) -> None:
        super().__init__()
        self.sides = sides
        self.is_open = any(side.is_open for side in sides)
        listings = [side.listing() for side in sides]
        self.columns: list[tuple[str, Origins]] = []
        first = listings[0] if listings else []
        same = all(len(listing) == len(first) for listing in listings)
        if by_name or (self.is_open and not (same and all(n != "*" for lst in listings for n, _ in lst))):
            names = {key(name): name for listing in reversed(listings) for name, _ in reversed(listing)}
            for folded, name in names.items():
                found = [o for listing in listings for n, o in listing if key(n) == folded]
                self.columns.append((name, frozenset().union(*found)))
        else:
            for position, (name, origins) in enumerate(first):
                others = [listing[position][1] for listing in listings[1:] if position < len(listing)]
                self.columns.append((name, origins.union(*others)))
        self._by_key = {key(name): origins for name, origins in reversed(self.columns) if name != "*"}

    def _find(self, key: str, name: str) -> Answer | None:
        if not self.is_open:
            return Answer(self._by_key[key], True) if key in self._by_key else None
        answers = [answer for side in self.sides if (answer := side.find(key, name))]
        if not answers:
            return None
        origins = self._by_key.get(key, NONE).union(*(answer.origins for answer in answers))
        return Answer(origins, any(answer.known for answer in answers))

    def listing(self) -> list[tuple[str, Origins]]:
        """The columns in the order of the first side."""
        return self.columns


class Computed(Relation):
    """What a table function, `unnest`, a pivot returns: every column comes from its arguments.

    `hidden` names are known and not part of `*`; `unknown` says that nobody can list the columns.
    """

    def __init__(
        self,
        names: Iterable[str],
        origins: Origins,
        key: Key,
        base: Relation | None = None,
        *,
        hidden: Iterable[str] = (),
        unknown: bool = False,
    ) -> None:
        super().__init__()
        self.names = list(names)
        self.unknown = unknown
        self.origins = origins
        self.base = base
        self.is_open = bool(base and base.is_open)
        self._keys = {key(name) for name in (*self.names, *hidden)}

    def _find(self, key: str, name: str) -> Answer | None:
        if key in self._keys:
            return Answer(self.origins, True)
        return self.base.find(key, name) if self.base else None

    def qualified(self, key: str, name: str) -> Origins:
        """A column that the text itself ascribes to this relation."""
        found = self.find(key, name)
        return found.origins if found else self.origins

    def listing(self) -> list[tuple[str, Origins]]:
        """The columns passed on from `base`, then the new ones."""
        own = [("*", NONE)] if self.unknown else [(name, self.origins) for name in self.names]
        return (self.base.listing() if self.base else []) + own


# Fields of GA4's `items` without the prefix item_ (https://support.google.com/analytics/answer/7029846).
_ITEM_FIELDS = {
    "price", "price_in_usd", "quantity", "coupon", "affiliation", "location_id", "creative_name", "creative_slot",
    "promotion_id", "promotion_name",
}  # fmt: skip


class Elements(Computed):
    """The elements of an array: without a list of their fields, any name may be one."""

    def __init__(self, names: Iterable[str], origins: Origins, key: Key) -> None:
        super().__init__(names, origins, key)
        self.words = {origin.column.casefold() for origin in origins}

    def _find(self, key: str, name: str) -> Answer | None:
        return super()._find(key, name) or Answer(self.origins, False)

    def fits(self, key: str) -> bool:
        """Whether a name is probably a field of the elements and no column of the table beside them."""
        key = key.casefold()
        if "items" in self.words and key in _ITEM_FIELDS:
            return True
        return key in ("key", "value") or any(
            key.startswith(word[:-1] + "_") for word in self.words if word.endswith("s") and len(word) > 2
        )


class Scalar(Computed):
    """ClickHouse: `WITH expression AS name`, where the name is a value."""


def best(answers: list[Answer | None], rest: list[tuple[Relation, frozenset[str]]], key: str) -> Answer | None:
    """Of several relations, the one that the column comes from."""
    found = [answer for answer in answers if answer]
    known = [answer for answer in found if answer.known]
    if known:
        return known[0]
    if len(found) == 1:
        return found[0]
    if not found:
        return None
    picked = prefer([relation for relation, without in rest if key not in without and relation.is_open], key)
    answer = picked.find(key, key) if picked else None
    return Answer(weaker(answer.origins, "guess", PICKED), False) if answer else Answer(NONE, False)


def bases(relation: Relation) -> list[Base]:
    """The base tables whose unknown columns a relation passes on."""
    if isinstance(relation, Base):
        return [relation] if relation.is_open else []
    inner: list[Relation] = []
    if isinstance(relation, Derived):
        inner = [other for other, _ in relation.rest]
    elif isinstance(relation, Either):
        inner = relation.sides[:1]
    elif isinstance(relation, Computed) and relation.base:
        inner = [relation.base]
    return [base for other in inner for base in bases(other)]


def prefer(candidates: list[Relation], key: str, unqualified: Iterable[str] = ()) -> Relation | None:
    """Of tables with unknown columns, the one that most probably has the column; None where there is no table.

    First what the text says elsewhere (`o.customer_id` shows that orders has it), then naming habits: a
    prefix that is the table's name or its initials (`order_date` of orders, `l_tax` of lineitem,
    `ps_cost` of partsupp), then the order in FROM. `unqualified` are the text's other such columns.
    """
    candidates = [c for c in candidates if bases(c)]
    shown = [c for c in candidates if any(key in base.evidence for base in bases(c))]
    if len(shown) == 1 or not candidates:
        return shown[0] if shown else None

    def scores(column: str, of: list[Relation]) -> list[int]:
        return [max(likeness(column, base.table.table) for base in bases(c)) for c in of]

    scored = scores(key, candidates)
    top = max(scored)
    winners = [c for score, c in zip(scored, candidates, strict=True) if score == top]
    if top and len(winners) > 1:
        # `i_id` with item and inventory: `inv_date` is inventory's alone, so its prefix is not i.
        prefix, others = key.split("_", 1)[0], set()
        for column in unqualified:
            if "_" in column and column.split("_", 1)[0] != prefix:
                likely = scores(column, winners)
                if likely.count(max(likely)) == 1:
                    others.add(likely.index(max(likely)))
        winners = [c for position, c in enumerate(winners) if position not in others] or winners
        stems = [(base.table.table.casefold(), winner) for winner in winners for base in bases(winner)]
        shortest = min(stems, key=lambda stem: len(stem[0]))
        if all(name.startswith(shortest[0]) for name, _ in stems):  # of part and partsupp, part
            return shortest[1]
    return winners[0]
