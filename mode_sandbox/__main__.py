"""``python -m mode_sandbox``."""

import sys

from .command import main

sys.exit(main())
