"""`python -m tests.escape.runner NAME`: judge one attack as whoever runs this; print one line of JSON."""

import json
import sys

from tests.escape.catalogue import by_name
from tests.escape.verdict import judge

if __name__ == "__main__":
    sys.stdout.write(json.dumps(judge(by_name(sys.argv[1])).as_dict()) + "\n")
