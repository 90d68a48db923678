"""The scheduled job: loads what changed in Mode, exports Coalesce Catalog's files, uploads them.

    export SOURCES__MODE__WORKSPACE=acme SOURCES__MODE__TOKEN=… SOURCES__MODE__SECRET=…
    export CATALOG__TOKEN=… CATALOG__SOURCE_ID=… CATALOG__OUTPUT_DIRECTORY=catalog
    python pipelines/mode_to_catalog.py

The variables of castor-extract-mode and castor-upload work too, and so does .dlt/. Without Catalog's token it
writes the files and uploads nothing. It does what `mode-source sync` does, and ends with the same exit codes.
"""

import logging
import sys

from mode_source import sync
from mode_source.ending import exit_code

logging.basicConfig(level="INFO", format="%(levelname)s - %(message)s")  # secrets are hidden from any handler


def main() -> int:
    outcome = sync()  # sync(collection_filter="custom") takes the arguments of mode_source
    print(outcome.text)
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(exit_code(main))
