"""What is stale: digests of everything that a result depends on. Pure functions and plain data.

A query's result depends on its text, its data source, the definitions that it uses (and those that these use),
the datasets it reads, the catalog's entries for its tables, and the engine. All of it goes into one digest, its
`version`, which can be computed from a query's state without reading its text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version as installed

import orjson

from ..lineage import VERSION, DataSource, Definitions, Lineage, mentions
from ..lineage.platforms import MODE_DATASETS, platform_of


@dataclass(frozen=True)
class QueryRow:
    """A stored query, without its text."""

    token: str
    row_id: str
    report_token: str
    data_source_id: str | None


@dataclass(frozen=True)
class ChartRow:
    """A stored chart, without its definition."""

    token: str
    row_id: str
    query_token: str
    report_token: str


@dataclass(frozen=True)
class State:
    """What is known of a query or chart since it was analysed last; of a chart only the version is."""

    row_id: str
    version: str
    sql_digest: str = ""
    mentions: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    result: str = ""
    outputs: str = ""
    edges: int = 0


def digest(value: object) -> str:
    """Of anything that JSON can write."""
    return blake2b(orjson.dumps(value), digest_size=12).hexdigest()


def digest_of_text(text: str | None) -> str:
    """The digest of a text; None counts as empty."""
    return blake2b((text or "").encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def digest_of_result(lineage: Lineage) -> str:
    """Of what other queries see of a dataset's query."""
    return digest([sorted(map(repr, lineage.tables)), sorted(map(repr, lineage.columns)), lineage.output_columns])


def engine() -> str:
    """What analyses: another version of it may find other lineage."""
    return digest([VERSION, installed("sqlglot"), installed("python-liquid")])


@dataclass
class World:
    """Everything besides a query's own text that its result may depend on.

    Args:
        sources: data sources by id.
        definitions: all of them.
        catalog: gives the digest of the column catalog's tables of a folded name; None = there is no catalog.
        datasets: digests of the results of datasets, by folded name and token; filled in as they are known.
    """

    sources: Mapping[str, DataSource]
    definitions: Definitions
    catalog: Callable[[str], str] | None = None
    datasets: dict[str, str] = field(default_factory=dict)
    engine: str = field(default_factory=engine)
    _used: dict[tuple[str, ...], str] = field(default_factory=dict)
    _direct: dict[str, list[str]] = field(default_factory=dict)

    def on_datasets(self, query: QueryRow) -> bool:
        """Whether the query runs on Mode's datasets."""
        source = self.sources.get(query.data_source_id or "")
        return source is not None and platform_of(source.adapter).name == MODE_DATASETS

    def version(self, query: QueryRow, state: State) -> str:
        """Of a query with the digest, mentions and asked tables in `state`."""
        source = self.sources.get(query.data_source_id or "")
        looked_up: list[object] = []
        if self.catalog is not None:
            known = [self.catalog(name) for name in state.asked]
            looked_up += [known] if any(known) else []  # what the catalog does not know is as without one
        if self.on_datasets(query):
            looked_up.append([self.datasets.get(name) for name in state.asked])
        return digest(
            [
                self.engine,
                state.sql_digest,
                query.report_token,
                [query.data_source_id, source.adapter, source.database, source.host] if source else None,
                self._definitions(state.mentions),
                looked_up,
            ]
        )

    def _definitions(self, names: tuple[str, ...]) -> str:
        """Digest of the definitions of these names and of all that they lead to."""
        if names not in self._used:
            seen: dict[str, list[str] | None] = {}
            waiting = list(names)
            while waiting:
                name = waiting.pop()
                if name in seen:
                    continue
                found = self.definitions.find(name)
                seen[name] = [found.name, found.token, digest_of_text(found.source)] if found else None
                if found:
                    if name not in self._direct:
                        source = (found.source or "").replace("\\n", "\n").replace("\\t", "\t")
                        self._direct[name] = mentions(source)  # docs/mode-api.md#quirk-21: literal backslash-n
                    waiting += self._direct[name]
            self._used[names] = digest(sorted(seen.items())) if seen else ""
        return self._used[names]


def with_text(state: State | None, row_id: str, text: str | None) -> State:
    """The state of a query whose text was read: what it used before still says what it asked for."""
    return State(
        row_id=row_id,
        version=state.version if state else "",
        sql_digest=digest_of_text(text),
        mentions=tuple(mentions(text or "")),
        asked=state.asked if state else (),
        result=state.result if state else "",
        outputs=state.outputs if state else "",
        edges=state.edges if state else 0,
    )


def chart_version(chart: ChartRow, outputs: str) -> str:
    """Of a chart whose query has output columns with this digest."""
    return digest([VERSION, chart.query_token, chart.report_token, outputs])
