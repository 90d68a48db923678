"""From the stored rows to new rows of the lineage tables: only for what is stale, as a stream.

Datasets come first, so that lineage runs through them: what a dataset reads decides what a query on it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..lineage import ColumnCatalog, DatasetRef, Datasets, Lineage, Query, chart_fields
from . import rows
from .plan import ChartRow, QueryRow, State, World, chart_version, digest, digest_of_result, with_text
from .rows import Rows
from .schema import CHART_FIELDS, QUERY_COLUMNS, QUERY_TABLES, STATE, TABLES
from .stored import TOKENS, Stored
from .worker import Context, Job
from .workers import Workers

Analysed = tuple[Rows, str, tuple[str, ...]]

ROUNDS = 20  # how long a chain of datasets on datasets may be


@dataclass
class LineageLog:
    """What one run did. `skipped`: why nothing was tried; `failed`: why it ended early."""

    queries: int = 0
    charts: int = 0
    tables: int = 0
    columns: int = 0
    errors: int = 0
    removed: int = 0
    seconds: float = 0.0
    skipped: str | None = None
    failed: str | None = None


class Analysis:
    """One run over the tables of a pipeline.

    Args:
        stored: the tables.
        catalog: the column catalog, if there is one.
        log: counts what is done.
        everything: analyse all queries and charts, stale or not.
        context: bounds of time; its definitions, catalog and datasets are filled in.
    """

    def __init__(
        self,
        stored: Stored,
        catalog: ColumnCatalog | None,
        log: LineageLog,
        *,
        everything: bool = False,
        context: Context | None = None,
    ) -> None:
        self.stored, self.catalog, self.log, self.everything = stored, catalog, log, everything
        self.world = World(
            stored.sources(), stored.definitions(), None if catalog is None else lru_cache(None)(catalog.digest)
        )
        self._context = replace(context or Context(), definitions=self.world.definitions, catalog=catalog)
        self._queries, self._charts = stored.queries(), stored.charts()
        self._query_states, self._chart_states = stored.states()
        self._query_edges, self._chart_edges = stored.edges()
        self._charts_of: dict[str, list[ChartRow]] = {}
        for chart in self._charts.values():
            self._charts_of.setdefault(chart.query_token, []).append(chart)
        self._datasets = dict(stored.datasets())
        self._dataset_query: dict[str, str] = {}
        for query in self._queries.values():
            if query.report_token in self._datasets:
                self._dataset_query.setdefault(query.report_token, query.token)
        self._unchanged: dict[str, State] = {}
        self._done_charts: set[str] = set()
        self._lineages: dict[str, Lineage] = {}  # of the datasets' queries that this run analyses
        self._digest_datasets()
        self._due = {token for token, query in self._queries.items() if self._is_due(query)}
        self._touched = {
            token
            for token, query in self._queries.items()
            if token not in self._due and self._query_states[token].row_id != query.row_id
        }

    @property
    def due(self) -> bool:
        """Whether there is anything to load."""
        return bool(
            not self.stored.has(*TABLES)
            or self._due
            or self._touched
            or any(self._is_due_chart(chart) for chart in self._charts.values())
            or any(True for _ in self._gone())
        )

    def rows(self) -> Iterator[Rows]:
        """The rows to load, in order; a few thousand at a time."""
        # A table without rows is there all the same.
        buffer: Rows = {table: [] for table in TABLES if not self.stored.has(table)}
        size = 0
        for found in self._everything():
            for table, more in found.items():
                buffer.setdefault(table, []).extend(more)
                size += len(more)
            if size > 5_000:
                yield buffer
                buffer, size = {}, 0
        if buffer:
            yield buffer

    def _everything(self) -> Iterator[Rows]:
        for marks in self._gone():
            self.log.removed += STATE in marks
            yield marks
        with Workers(self._context) as workers:
            yield from self._with_charts(self._all_queries(workers))
        yield from self._seen()
        left = [chart for chart in self._charts.values() if self._is_due_chart(chart)]
        for start in range(0, len(left), TOKENS):
            some = left[start : start + TOKENS]
            tokens = sorted({chart.query_token for chart in some} & self._queries.keys())
            yield from self._of_charts(some, self.stored.output_columns(tokens))

    # -- what is due

    def _is_due(self, query: QueryRow) -> bool:
        """Whether a query must be analysed again, as far as it shows without its text."""
        state = self._query_states.get(query.token)
        return (
            self.everything
            or state is None
            or self._query_edges.get(query.token, 0) != state.edges
            or self.world.version(query, state) != state.version
        )

    def _is_due_chart(self, chart: ChartRow) -> bool:
        state = self._chart_states.get(chart.token)
        return chart.token not in self._done_charts and (
            self.everything
            or state is None
            or state.row_id != chart.row_id
            or self._chart_edges.get(chart.token, 0) != state.edges
            or state.version != chart_version(chart, self._outputs(chart))
        )

    def _outputs(self, chart: ChartRow) -> str:
        state = self._query_states.get(chart.query_token)
        return state.outputs if state and chart.query_token in self._queries else ""

    def _gone(self) -> Iterator[Rows]:
        """Marks for what is not there any more."""
        for known, states, edges, of_chart in (
            (self._queries.keys(), self._query_states, self._query_edges, False),
            (self._charts.keys(), self._chart_states, self._chart_edges, True),
        ):
            for token in sorted(edges.keys() - known):
                yield rows.removed(token, chart=of_chart)
            for token in sorted(states.keys() - known):
                yield rows.forgotten(token)

    # -- datasets

    def _by_name(self) -> Iterator[tuple[str, str]]:
        """Every folded name of a dataset and its token; tokens win, then the first of a name."""
        for token, name in reversed(list(self._datasets.items())):
            if name:
                yield name.casefold(), token
        yield from ((token.casefold(), token) for token in self._datasets)

    def _digest_datasets(self) -> None:
        results = {
            token: state.result
            for token in self._datasets
            if (state := self._query_states.get(self._dataset_query.get(token, ""))) is not None
        }
        self.world.datasets = {name: f"{token} {results.get(token)}" for name, token in self._by_name()}

    def _references(self, without: Iterable[str] = ()) -> Datasets:
        """All datasets with the lineage of their query, but for those `without`."""
        left_out = set(without)
        tokens = {query for query in self._dataset_query.values() if query not in left_out}
        known = self._lineages | self.stored.lineages(sorted(tokens - self._lineages.keys()))
        return Datasets(
            (name, DatasetRef(token, self._datasets[token], known.get(self._dataset_query.get(token, ""))))
            for name, token in self._by_name()
        )

    # -- queries

    def _all_queries(self, workers: Workers) -> Iterator[Analysed]:
        of_datasets = {q.token for q in self._queries.values() if q.report_token in self._datasets}
        on_datasets = {q.token for q in self._queries.values() if self.world.on_datasets(q)}
        for token, state, lineage in self._analysed(workers, (of_datasets - on_datasets) & (self._due | self._touched)):
            yield self._done(token, state, lineage)
        chained = of_datasets & on_datasets
        self._digest_datasets()
        if any(token in self._touched or self._is_due(self._queries[token]) for token in chained):
            yield from self._chained(workers, chained)
        due = {token for token in on_datasets - chained if self._is_due(self._queries[token])}
        self._due |= due
        if due:
            workers.context = replace(self._context, datasets=self._references())
        for token, state, lineage in self._analysed(workers, (self._due | self._touched) - of_datasets):
            yield self._done(token, state, lineage)

    def _chained(self, workers: Workers, chained: set[str]) -> Iterator[Analysed]:
        """Queries of datasets on datasets: anew from scratch, until nothing changes any more."""
        self._due |= chained
        results: dict[str, tuple[State, Lineage]] = {}
        for _ in range(ROUNDS):
            workers.context = replace(self._context, datasets=self._references(chained - self._lineages.keys()))
            before = {token: digest_of_result(lineage) for token, (_, lineage) in results.items()}
            for token, state, lineage in self._analysed(workers, chained):
                results[token] = state, lineage
            self._lineages |= {token: lineage for token, (_, lineage) in results.items()}
            if before == {token: digest_of_result(lineage) for token, (_, lineage) in results.items()}:
                break
        for token, (state, lineage) in results.items():
            self._query_states[token] = replace(state, result=digest_of_result(lineage))
        self._digest_datasets()
        for token, (state, lineage) in results.items():
            yield self._done(token, state, lineage)

    def _analysed(self, workers: Workers, tokens: set[str]) -> Iterator[tuple[str, State, Lineage]]:
        """Token, state and lineage of queries, but for those whose text turns out to be the same."""

        def jobs() -> Iterator[tuple[tuple[str, State], Job]]:
            for token, text in self.stored.texts(sorted(tokens)):
                query, before = self._queries[token], self._query_states.get(token)
                state = with_text(before, query.row_id, text)
                if before and token not in self._due and self.world.version(query, state) == before.version:
                    self._unchanged[token] = state
                    continue
                source = self.world.sources.get(query.data_source_id or "")
                yield (token, state), (Query(token, query.report_token, text, query.data_source_id), source)

        for (token, state), lineage in workers.run(jobs(), len(tokens)):
            yield token, state, lineage

    def _seen(self) -> Iterator[Rows]:
        """Notes that changed rows hold the same text: a run of its report changes a query's row."""
        tokens = sorted(self._unchanged)
        for start in range(0, len(tokens), TOKENS):
            some = tokens[start : start + TOKENS]
            outputs = self.stored.output_columns(some)
            yield {
                STATE: [rows.state_of_query(token, self._unchanged[token], outputs.get(token, ())) for token in some]
            }

    def _done(self, token: str, state: State, lineage: Lineage) -> Analysed:
        """The rows of a query that was analysed, its token and its output columns."""
        query = self._queries[token]
        found = rows.of_query(query, lineage)
        state = replace(
            state,
            asked=lineage.asked,
            result=digest_of_result(lineage),
            outputs=digest(lineage.output_columns),
            edges=sum(map(len, found.values())),
        )
        self._query_states[token] = state = replace(state, version=self.world.version(query, state))
        if self._dataset_query.get(query.report_token) == token:
            self._lineages[token] = lineage
        self.log.queries += 1
        self.log.tables += len(found[QUERY_TABLES])
        self.log.columns += len(found[QUERY_COLUMNS])
        self.log.errors += bool(lineage.errors)
        if token in self._query_edges:
            found = {table: rows.removed(token)[table] + new for table, new in found.items()}
        found[STATE] = [rows.state_of_query(token, state, lineage.output_columns)]
        return found, token, lineage.output_columns

    # -- charts

    def _with_charts(self, queries: Iterable[Analysed]) -> Iterator[Rows]:
        """The rows of queries as they come, and after every few of them those of their charts."""
        outputs: dict[str, tuple[str, ...]] = {}
        for found, token, columns in queries:
            yield found
            outputs[token] = columns
            if len(outputs) >= TOKENS:
                yield from self._charts_of_queries(outputs)
                outputs = {}
        yield from self._charts_of_queries(outputs)

    def _charts_of_queries(self, outputs: dict[str, tuple[str, ...]]) -> Iterator[Rows]:
        charts = [c for token in outputs for c in self._charts_of.get(token, ()) if self._is_due_chart(c)]
        return self._of_charts(charts, outputs)

    def _of_charts(self, charts: list[ChartRow], outputs: Mapping[str, Sequence[str]]) -> Iterator[Rows]:
        for token, vegas, view in self.stored.views([chart.token for chart in charts]):
            chart = self._charts[token]
            found = rows.of_chart(chart, chart_fields(vegas, view, outputs.get(chart.query_token, ())))
            version = chart_version(chart, self._outputs(chart))
            state = State(chart.row_id, version, edges=len(found))
            self._done_charts.add(token)
            marks = rows.removed(token, chart=True)[CHART_FIELDS] if token in self._chart_edges else []
            self.log.charts += 1
            yield {CHART_FIELDS: marks + found, STATE: [rows.state_of_chart(token, state)]}
