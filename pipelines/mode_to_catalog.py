"""The scheduled job: loads what changed in Mode, exports Coalesce Catalog's files, uploads them.

    export SOURCES__MODE__WORKSPACE=acme SOURCES__MODE__TOKEN=… SOURCES__MODE__SECRET=…
    export CATALOG__TOKEN=… CATALOG__SOURCE_ID=… CATALOG__OUTPUT_DIRECTORY=catalog
    python pipelines/mode_to_catalog.py

The variables of castor-extract-mode and castor-upload work too, and so does .dlt/. The same as
`mode-source sync -o catalog`, written out; it ends with the same exit codes.
"""

import logging
import sys
from pathlib import Path

from mode_source import mode_source
from mode_source.catalogs.coalesce.export import export, stored_base_url
from mode_source.catalogs.coalesce.upload import check, upload
from mode_source.destination.failures import explained as plain
from mode_source.errors import ModeSourceError
from mode_source.job import catalog_settings, target_of
from mode_source.lineage_tables.step import LineageStep
from mode_source.load import alone, make_pipeline, run
from mode_source.models import create_views
from mode_source.runlog import RunLog

logging.basicConfig(level="INFO", format="%(levelname)s - %(message)s")


def main() -> int:
    catalog = catalog_settings()
    target = target_of(catalog)
    pipeline = make_pipeline()
    log = RunLog()
    lineage = LineageStep(pipeline)
    with alone(pipeline):
        lineage.check()  # its setting, before anything is asked
        run(pipeline, mode_source(log=log), log)
        lineage.run()  # which tables and columns each query reads; a failure is a warning
        create_views(pipeline)
        files = export(
            pipeline, Path(catalog.output_directory or "catalog"), stored_base_url(pipeline), keep=catalog.keep
        )
        check(files, whole_set=True)
        upload(files, target)
    for gap in log.gaps:
        logging.warning("%s", gap)
    return 3 if log.gaps else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:
        known = error if isinstance(error, ModeSourceError) else plain(error)
        logging.error("%s", known)
        sys.exit(known.exit_code)
