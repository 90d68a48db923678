"""Several workspaces in one configuration: each has its own key, rate, dataset, files and Catalog source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from mode_sandbox import Fault, Sandbox, Workspace
from mode_source import logs
from mode_source.errors import UsageError
from mode_source.options import CatalogOptions, ModeOptions, PipelineOptions
from mode_source.workspaces import jobs, names, worst

from .helpers import Answer, TinyServer

Cli = Callable[..., tuple[int, str, str]]
IDS = {name: f"00000000-0000-4000-8000-00000000000{number}" for number, name in enumerate(("acme", "globex"))}


@pytest.fixture(autouse=True)
def a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(logs, "_secrets", set())
    yield
    Path(".dlt/config.toml").unlink(missing_ok=True)
    Path(".dlt/secrets.toml").unlink(missing_ok=True)
    reload()


@pytest.fixture
def sandboxes() -> Iterator[dict[str, Sandbox]]:
    """Two workspaces, on servers and with keys of their own."""
    with ExitStack() as stack:
        found = {}
        for seed, (slug, reports) in enumerate({"acme": 4, "globex": 3}.items()):
            workspace = Workspace.generate(seed=seed, reports=reports, collections=1, datasets=1, members=2, slug=slug)
            served = Sandbox(workspace, token=f"token-{slug}", secret=f"secret-{slug}", catalog_token="catalog-token")
            found[slug] = stack.enter_context(served)
        yield found


def configure(config: str, secrets: str = "") -> None:
    Path(".dlt").mkdir(exist_ok=True)
    Path(".dlt/config.toml").write_text(config)
    Path(".dlt/secrets.toml").write_text(secrets)
    reload()


def reload() -> None:
    """Lets dlt read .dlt again, as a new process would."""
    context = Container()[PluggableRunContext]
    context.reload_providers()


def configure_both(sandboxes: dict[str, Sandbox], **changed: str) -> None:
    config = ["[sources.mode]\nrequests_per_10s = 100000\n[catalog]\noutput_directory = 'files'"]
    secrets = ['[catalog]\ntoken = "catalog-token"']
    for name, sandbox in sandboxes.items():
        secret = changed.get(name, f"secret-{name}")
        config.append(f'[sources.mode.workspaces.{name}]\nhost = "{sandbox.url}"\nsource_id = "{IDS[name]}"')
        secrets.append(f'[sources.mode.workspaces.{name}]\ntoken = "token-{name}"\nsecret = "{secret}"')
    configure("\n".join(config), "\n".join(secrets))


def count(dataset: str, table: str = "reports") -> int:
    with duckdb.connect("mode.duckdb", read_only=True) as connection:
        row = connection.execute(f"SELECT COUNT(*) FROM {dataset}.{table}").fetchone()
    assert row
    return int(row[0])


def test_both(sandboxes: dict[str, Sandbox], cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaded, exported and uploaded, each to its own place; the next run is incremental for both."""
    configure_both(sandboxes)
    monkeypatch.setenv("CATALOG__INGEST_URL", sandboxes["acme"].ingest_url)
    code, out, err = cli("sync", "--all-workspaces", "--progress", "none", "--json")
    assert code == 0, err
    first = json.loads(out)["workspaces"]
    assert {name: summary["exit_code"] for name, summary in first.items()} == {"acme": 0, "globex": 0}
    assert (count("mode_metadata_acme"), count("mode_metadata_globex")) == (4, 3)
    for name in ("acme", "globex"):
        assert len(list(Path("files", name).glob("*-summary.json"))) == 1
        assert [Path(file).parent for file in first[name]["files"]] == [Path("files", name)] * 6
    uploaded = " ".join(upload.path for upload in sandboxes["acme"].uploads)
    assert all(source_id in uploaded for source_id in IDS.values())
    code, out, err = cli("sync", "-w", "globex", "-w", "acme", "--progress", "none", "--json")
    assert code == 0, err
    second = json.loads(out)["workspaces"]
    assert list(second) == ["globex", "acme"]
    for name, summary in second.items():
        assert summary["requests"] < first[name]["requests"]
        assert not any(rows["loaded"] for rows in summary["rows"].values())
    code, out, err = cli("status", "--all-workspaces", "--json")
    assert code == 0, err
    found = json.loads(out)["workspaces"]
    assert {name: status["workspace"] for name, status in found.items()} == {"acme": "acme", "globex": "globex"}
    assert cli("check", "-w", "globex")[0] == 0


def test_one_with_a_wrong_secret(
    sandboxes: dict[str, Sandbox], cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other is loaded, exported and uploaded; both are named; the exit code is the worst; no healthcheck."""
    configure_both(sandboxes, acme="wrong-secret")
    monkeypatch.setenv("CATALOG__INGEST_URL", sandboxes["globex"].ingest_url)
    with TinyServer(lambda asked: Answer(b"ok")) as watcher:
        urls = ("--notify-url", f"{watcher.url}/notify", "--healthcheck-url", f"{watcher.url}/healthy")
        code, out, err = cli("sync", "--all-workspaces", "--progress", "none", *urls, "--metrics", "mode.prom")
        assert code == 5, err
        assert [asked.path for asked in watcher.asked] == ["/notify"]
        assert json.loads(watcher.asked[0].body)["workspace"] == "acme"
    assert "Workspace acme\nFailed: " in out
    assert "Workspace globex\n" in out
    assert "Exit codes: acme 5, globex 0." in out
    assert "ERROR - Workspace acme: " in err
    assert "wrong-secret" not in out + err
    assert count("mode_metadata_globex") == 3
    assert len(sandboxes["globex"].uploads) == 6
    metrics = Path("mode.prom").read_text()
    assert 'mode_source_last_run_exit_code{workspace="acme"} 5.0' in metrics
    assert 'mode_source_last_run_exit_code{workspace="globex"} 0.0' in metrics
    code, out, err = cli("status", "--all-workspaces")
    assert code == 1, err
    assert "Workspace acme, dataset mode_metadata_acme (duckdb)" in out


def test_gaps_of_one(sandboxes: dict[str, Sandbox], cli: Cli) -> None:
    configure_both(sandboxes)
    sandboxes["globex"].add_fault(Fault("/definitions", status=403))
    code, out, err = cli("load", "--all-workspaces", "--progress", "none")
    assert code == 3, err
    assert "Exit codes: acme 0, globex 3." in out


def test_one_of_several_is_the_same_place(sandboxes: dict[str, Sandbox], cli: Cli) -> None:
    """`-w acme` alone goes where --all-workspaces goes, with the key of its section; -o is then taken as it is."""
    configure_both(sandboxes)
    (job,) = jobs(ModeOptions(workspaces=("acme",)), PipelineOptions(), CatalogOptions())
    first, _ = jobs(ModeOptions(all_workspaces=True), PipelineOptions(), CatalogOptions())
    assert job == first
    assert (job.pipeline.dataset_name, job.catalog.output_directory) == ("mode_metadata_acme", "files/acme")
    (job,) = jobs(ModeOptions(workspaces=("acme",)), PipelineOptions(), CatalogOptions(output_directory="here"))
    assert job.catalog.output_directory == "here"
    code, out, err = cli("status", "--all-workspaces")
    assert (code, "Workspace acme: Dataset 'mode_metadata_acme' holds nothing of Mode yet" in out) == (1, True)
    code, _, err = cli("load", "--progress", "none")
    assert (code, "Several workspaces are configured (acme, globex)" in err) == (2, True)


def test_a_section_by_its_slug_and_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that no shell variable can have; types as `mode_source` wants them; what a section says wins."""
    configure(
        '[sources.mode]\nmax_workers = 3\n[sources.mode.workspaces.big]\nworkspace = "big-corp"\n'
        'dataset_name = "big"\noutput_directory = "elsewhere"\ninclude_archived = false\n'
    )
    monkeypatch.setenv("SOURCES__MODE__WORKSPACES__BIG__REQUESTS_PER_10S", "20")
    monkeypatch.setenv("SOURCES__MODE__WORKSPACES__SMALL__TOKEN", "token-small")
    monkeypatch.setenv("CASTOR_MODE_ANALYTICS_TOKEN", "of nobody in particular")
    assert names() == ["big", "small"]
    (job,) = jobs(ModeOptions(workspaces=("big-corp",)), PipelineOptions(), CatalogOptions())
    assert (job.name, job.pipeline.dataset_name, job.catalog.output_directory) == ("big", "big", "elsewhere")
    assert job.source == {"workspace": "big-corp", "requests_per_10s": 20, "include_archived": False}
    _, small = jobs(ModeOptions(all_workspaces=True, secret="given"), PipelineOptions(), CatalogOptions())
    assert small.source == {"workspace": "small", "token": "token-small", "secret": "given"}


def test_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single section needs no -w and has the plain dataset; without any, all is as ever."""
    plain = PipelineOptions()
    assert [job.source for job in jobs(ModeOptions(), plain)] == [{}]
    assert [job.source for job in jobs(ModeOptions(workspaces=("acme",)), plain)] == [{"workspace": "acme"}]
    configure('[sources.mode.workspaces.acme]\ntoken = "t"\n')
    (job,) = jobs(ModeOptions(), plain)
    assert (job.source, job.pipeline) == ({"workspace": "acme", "token": "t"}, plain)
    monkeypatch.setenv("SOURCES__MODE__WORKSPACE", "globex")  # another one beside it: each has a dataset of its own
    assert [job.source for job in jobs(ModeOptions(), plain)] == [{}]
    (job,) = jobs(ModeOptions(workspaces=("acme",)), plain)
    assert job.pipeline.dataset_name == "mode_metadata_acme"


@pytest.mark.parametrize(
    ("config", "mode", "said"),
    [
        ("", ModeOptions(all_workspaces=True), "there is no section"),
        ("", ModeOptions(all_workspaces=True, workspaces=("acme",)), "not both"),
        ("tokn = 't'", ModeOptions(), r"`tokn` of \[sources.mode.workspaces.acme\] is unknown"),
        ("max_workers = 'many'", ModeOptions(), "`max_workers` .* is not of its type"),
    ],
)
def test_what_makes_no_sense(config: str, mode: ModeOptions, said: str) -> None:
    if config:
        configure(f"[sources.mode.workspaces.acme]\n{config}\n")
    with pytest.raises(UsageError, match=said):
        jobs(mode, PipelineOptions())


def test_two_workspaces_in_one_place(sandboxes: dict[str, Sandbox], cli: Cli) -> None:
    """One dataset or one Catalog source for two of them would make each wipe out the other."""
    configure_both(sandboxes)
    code, _, err = cli("load", "--all-workspaces", "--dataset-name", "both")
    assert (code, "--dataset-name" in err) == (2, True)
    code, _, err = cli("sync", "--all-workspaces", "--source-id", IDS["acme"])
    assert (code, "acme and globex have the same `source_id`" in err) == (2, True)
    assert sandboxes["acme"].requests == sandboxes["globex"].requests == []


def test_the_worst_exit_code() -> None:
    assert [worst(codes) for codes in ([0, 3], [3, 6], [6, 4], [4, 1], [1, 2], [2, 5], [0], [130, 5])] == [
        3, 6, 4, 1, 2, 5, 0, 130,
    ]  # fmt: skip
