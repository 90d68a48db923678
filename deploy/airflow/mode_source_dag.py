"""Mode's metadata as an Airflow DAG (2.10 and 3.x): load, export, upload, each a task that can be run again.

Install mode-source into a virtual environment of its own, as Airflow pins many libraries, and name its command in
`MODE_SOURCE`. Settings come from the environment of the workers or from .dlt in their working directory. Workers that
keep no files need a warehouse as destination (DESTINATION_TYPE), and a folder that export and upload share.
"""

from __future__ import annotations

import logging
import os
import subprocess
from datetime import datetime, timedelta, timezone

from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task

MODE_SOURCE = os.environ.get("MODE_SOURCE", "mode-source")
OUTPUT = os.environ.get("CATALOG__OUTPUT_DIRECTORY", "/opt/airflow/mode/catalog")

logger = logging.getLogger(__name__)


def mode_source(*arguments: str) -> None:
    """Runs a command; its exit code decides between success, skip, retry and failure."""
    with subprocess.Popen(
        [MODE_SOURCE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            logger.info("%s", line.rstrip())
    code = process.returncode
    if code == 3:
        logger.warning("Some rows could not be read: the last known ones were kept, the next run tries again.")
    elif code == 4:
        raise AirflowSkipException("Another run is at work.")
    elif code in (2, 5):
        raise AirflowFailException(f"Exit code {code}: a setting or the token must be corrected.")
    elif code:
        raise AirflowException(f"Exit code {code}: trying again may help.")


@dag(
    dag_id="mode_source",
    schedule="17 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    tags=["metadata"],
)
def mode_source_dag() -> None:
    """Mode -> tables -> Catalog files -> Catalog."""

    @task(execution_timeout=timedelta(hours=6))
    def load() -> None:
        mode_source("load", "--progress", "log")

    @task
    def export() -> None:
        mode_source("export", "-o", OUTPUT, "--keep", "7")

    @task
    def upload() -> None:
        mode_source("upload", "-d", OUTPUT)

    load() >> export() >> upload()


mode_source_dag()
