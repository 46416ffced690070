"""`python -m mailwright`."""

import sys

from mailwright import cli

sys.exit(cli.main())
