"""`python -m mode_source`: the same as `mode-source`."""

import sys

from .cli import main

sys.exit(main())
