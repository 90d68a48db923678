"""Files to Catalog: the request of the contract, whole sets only, every file whole, the summary last."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mode_sandbox import Fault, Sandbox, Workspace
from mode_sandbox.catalog import file_part
from mode_source.catalogs.coalesce.sets import whole_sets
from mode_source.catalogs.coalesce.upload import ZONES, Target, check, upload
from mode_source.errors import CredentialsRefused, UploadError, UsageError

from ...conftest import SOURCE_ID
from ...helpers import TinyServer, json_answer, make_set, target_for


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Workspace.empty()) as served:
        yield served


def fault(sandbox: Sandbox, **given: Any) -> Fault:
    return sandbox.add_fault(Fault("/ingest/", method="POST", **given))


# -- the request


def test_the_request_of_the_contract(sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Method, path, headers, one part `file` with the base name; the bytes of the file; the summary last."""
    caplog.set_level(logging.INFO)
    files = make_set(tmp_path, 1700000000)
    upload(files, target_for(sandbox))
    assert [item.filename for item in sandbox.uploads] == [path.name for path in files]
    assert sandbox.uploads[-1].filename == "1700000000-summary.json"
    for path, item, request in zip(files, sandbox.uploads, sandbox.requests, strict=True):
        assert request.method == "POST"
        assert request.path == item.path == f"/ingest/visualization-{SOURCE_ID}/{path.name}"
        assert request.headers["authorization"] == "Token catalog-token"
        assert request.headers["accept"] == "text/csv, application/json"
        assert request.headers["content-length"] == str(len(request.body or b""))
        assert file_part(request.headers["content-type"], request.body or b"") == (path.name, path.read_bytes())
        url = f"{sandbox.ingest_url}/visualization-{SOURCE_ID}/{path.name}"
        assert f"Uploaded {path.name} as VIZ to {url}" in caplog.messages
    assert "catalog-token" not in caplog.text


def test_paths_by_zone_and_type(tmp_path: Path) -> None:
    path = tmp_path / "7-report.json"

    def url(**given: Any) -> str:
        return Target("t", SOURCE_ID, **given).url(path)

    assert ZONES == {"EU": "https://ingest.castordoc.com", "US": "https://ingest.us.castordoc.com"}
    assert url() == f"https://ingest.castordoc.com/visualization-{SOURCE_ID}/7-report.json"
    assert url(zone="US") == f"https://ingest.us.castordoc.com/visualization-{SOURCE_ID}/7-report.json"
    assert url(ingest_url="http://x/ingest/") == f"http://x/ingest/visualization-{SOURCE_ID}/7-report.json"
    assert url(file_type="WAREHOUSE").endswith(f"/warehouse-{SOURCE_ID}/7-report.json")
    assert f"/quality-{SOURCE_ID}/" in url(file_type="QUALITY")
    assert url(file_type="QUALITY").endswith("-7-report.json")
    assert f"/transformation-{SOURCE_ID}/" in url(file_type="DBT")
    assert url(file_type="DBT").endswith("-manifest.json")


def target_for_nobody(source_id: str = SOURCE_ID, zone: str = "EU", file_type: str = "VIZ") -> Target:
    return Target("t", source_id, zone, file_type)


@pytest.mark.parametrize(
    ("given", "named"),
    [({"source_id": "x"}, "source_id"), ({"zone": "APAC"}, "zone"), ({"file_type": "PDF"}, "PDF")],
)
def test_settings_that_make_no_sense(given: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        target_for_nobody(**given)


def test_netrc_does_not_replace_the_token(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    upload(make_set(tmp_path, 1), target_for(sandbox))
    assert len(sandbox.uploads) == 6


def test_a_large_file_arrives_whole(sandbox: Sandbox, tmp_path: Path) -> None:
    files = make_set(tmp_path, 1, rows=3000)
    upload(files, target_for(sandbox))
    assert [item.content for item in sandbox.uploads] == [path.read_bytes() for path in files]


# -- what passes


@pytest.mark.parametrize(
    "given",
    [{"status": 429, "retry_after": "1"}, {"status": 503}, {"status": 502}, {"status": 408}, {"kind": "reset"},
     {"kind": "close"}, {"kind": "hang", "seconds": 600.0}],
    ids=str,
)  # fmt: skip
def test_what_passes_is_sent_again_and_whole(given: dict[str, Any], sandbox: Sandbox, tmp_path: Path) -> None:
    """Known failures: nothing was retried, or the retry sent the exhausted handle: an empty file, called a success."""
    files = make_set(tmp_path, 1)
    struck = fault(sandbox, **given)
    upload(files, target_for(sandbox, timeout=0.4 if "hang" in given.values() else 5.0))
    assert struck.hits == 1
    assert [item.content for item in sandbox.uploads] == [path.read_bytes() for path in files]
    first, second = sandbox.requests[:2]
    assert len(first.body or b"") == len(second.body or b"")


# -- what does not


def test_attempts_are_used_up(sandbox: Sandbox, tmp_path: Path) -> None:
    """Exit 1, one line, no receipt, and the summary never went before its data."""
    files = make_set(tmp_path, 1)
    struck = fault(sandbox, status=503, times=None, skip=2)
    with pytest.raises(UploadError, match=r"1-report\.json .*503.*2 of 6 files went") as caught:
        upload(files, target_for(sandbox, retries=1))
    assert caught.value.exit_code == 1
    assert struck.hits == 2
    assert [item.filename for item in sandbox.uploads] == ["1-datasource.json", "1-collection.json"]
    assert not (tmp_path / "1-upload.receipt").exists()


def test_nothing_at_the_endpoint(tmp_path: Path) -> None:
    with TinyServer(lambda asked: json_answer({})) as gone:
        url = gone.url
    with pytest.raises(UploadError, match="could not be sent to Catalog"):
        upload(make_set(tmp_path, 1), Target("t", SOURCE_ID, ingest_url=url, retries=0))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_error(status: int, sandbox: Sandbox, tmp_path: Path) -> None:
    """A redirected POST loses its body, and the token would go elsewhere."""
    with TinyServer(lambda asked: json_answer({})) as other:
        fault(sandbox, kind="redirect", status=status, to=other.url)
        with pytest.raises(UploadError, match="`zone` or `ingest_url`"):
            upload(make_set(tmp_path, 1), target_for(sandbox))
        assert other.asked == []
    assert sandbox.uploads == []


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials(status: int, sandbox: Sandbox, tmp_path: Path) -> None:
    fault(sandbox, status=status)
    with pytest.raises(CredentialsRefused, match=r"`token` and `source_id` of \[catalog\]") as caught:
        upload(make_set(tmp_path, 1), target_for(sandbox))
    assert caught.value.exit_code == 5
    assert len(sandbox.requests) == 1


def test_a_wrong_token(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(CredentialsRefused) as caught:
        upload(make_set(tmp_path, 1), target_for(sandbox, token="wrong-token"))
    assert "wrong-token" not in str(caught.value)


def test_another_4xx_is_final(sandbox: Sandbox, tmp_path: Path) -> None:
    fault(sandbox, status=413, times=None)
    with pytest.raises(UploadError, match="413"):
        upload(make_set(tmp_path, 1), target_for(sandbox))
    assert len(sandbox.requests) == 1


# -- what is fit to be sent


def newest(directory: Path) -> list[Path]:
    """The set that `upload -d` would send, checked."""
    files = whole_sets(directory)[0]
    check(files, whole_set=True)
    return files


def test_only_the_newest_set_and_nothing_else(tmp_path: Path) -> None:
    """Known failure: old runs, hidden files and whatever else lay in the directory were uploaded as they were."""
    make_set(tmp_path, 999)
    wanted = make_set(tmp_path, 1000)
    for path in make_set(tmp_path, 2000)[5:]:
        path.unlink()  # no summary: does not count
    for name in (".3000-summary.json", "notes.json", "4000-summary.json.bak", "x-summary.json", "1000-upload.receipt"):
        (tmp_path / name).write_text("{}")
    assert newest(tmp_path) == wanted
    assert [files[0].name for files in whole_sets(tmp_path)] == ["1000-datasource.json", "999-datasource.json"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("report", '[{"id": 1, "token": "t"', "not valid JSON"),
        ("report", "", "not valid JSON"),
        ("report", '[{"id": 1}]', "keys"),
        ("report", "{}", "keys"),
        ("report", "[1]", "keys"),
        ("summary", "[]", "keys"),
        ("summary", '{"version": "1"}', "keys"),
        ("member", None, "missing"),
        ("query", b"\xff\xfe", "not valid JSON"),
    ],
)
def test_broken_sets_are_not_sent(name: str, text: str | bytes | None, message: str, tmp_path: Path) -> None:
    """Known failure: truncated JSON was uploaded as it was. Checked before the first byte leaves."""
    make_set(tmp_path, 1)
    path = tmp_path / f"1-{name}.json"
    path.unlink()
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UploadError, match=message) as caught:
        newest(tmp_path)
    assert path.name in str(caught.value)


def test_a_row_too_few_or_a_key_too_many(tmp_path: Path) -> None:
    """An empty array is fine; an additional key (a username, a certificate) is not."""
    make_set(tmp_path, 1, rows=0)
    assert len(newest(tmp_path)) == 6
    make_set(tmp_path, 1)
    path = tmp_path / "1-datasource.json"
    rows = json.loads(path.read_text())
    path.write_text(json.dumps([row | {"username": "svc"} for row in rows]))
    with pytest.raises(UploadError, match="keys"):
        newest(tmp_path)


def test_nothing_to_send_is_an_error(tmp_path: Path) -> None:
    """Known failure: an empty directory was a silent success."""
    with pytest.raises(UploadError, match="no whole set"):
        whole_sets(tmp_path)
    with pytest.raises(UploadError, match="There is no directory"):
        whole_sets(tmp_path / "nowhere")
    (tmp_path / "1-report.json").write_text("[]")
    with pytest.raises(UploadError, match="no whole set"):
        whole_sets(tmp_path)


def test_single_files(tmp_path: Path) -> None:
    """With -f any .json or .csv goes; a Catalog file is checked all the same; nothing else, nothing hidden."""
    csv = tmp_path / "any.csv"
    csv.write_text("a,b\n")
    other = tmp_path / "manifest.json"
    other.write_text('{"nodes": {}}')
    check([csv, other], whole_set=False)
    for name in ("x.txt", "x", ".hidden.json", "x.json.gz"):
        (tmp_path / name).write_text("{}")
        with pytest.raises(UploadError, match="Catalog takes no other"):
            check([tmp_path / name], whole_set=False)
    with pytest.raises(UploadError, match="missing"):
        check([tmp_path / "nowhere.csv"], whole_set=False)
    (tmp_path / "1-report.json").write_text("[{}]")
    with pytest.raises(UploadError, match="keys"):
        check([tmp_path / "1-report.json"], whole_set=False)


# -- the receipt


def test_receipt(sandbox: Sandbox, tmp_path: Path) -> None:
    """Name, size, SHA-256 and time of each file; not named .json, so that no other tool uploads it."""
    files = make_set(tmp_path, 7)
    sent = upload(files, target_for(sandbox))
    receipt = tmp_path / "7-upload.receipt"
    noted = json.loads(receipt.read_text())["files"]
    assert noted == sent
    for path, note in zip(files, noted, strict=True):
        assert note["name"] == path.name
        assert note["bytes"] == path.stat().st_size
        assert note["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert note["uploaded_at"].endswith("Z")
    assert set(tmp_path.iterdir()) == {*files, receipt}
    assert "catalog-token" not in receipt.read_text()
    assert newest(tmp_path) == files  # and it does not confuse the next upload


def test_no_receipt_for_single_files(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    path.write_text("a\n")
    upload([path], target_for(sandbox), receipt=False)
    assert list(tmp_path.iterdir()) == [path]
    assert sandbox.uploads[0].content == b"a\n"
