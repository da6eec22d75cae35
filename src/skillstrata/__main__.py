"""`python -m skillstrata`: the command line, for where its program is not on PATH."""

import sys

from skillstrata.surfaces.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
