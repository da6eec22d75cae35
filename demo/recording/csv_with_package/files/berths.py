# /// script
# requires-python = ">=3.9"
# dependencies = ["harbour-office-rows>=1.2"]
# ///
"""Give the list of berths to the web page as JSON."""

import json

from harbour_office_rows import read_rows

with open("/tmp/strata-demo/project/data/berths.json", "w", encoding="utf-8") as page:
    json.dump(read_rows("/tmp/strata-demo/project/data/berths.csv"), page, ensure_ascii=False, indent=2)
print("data/berths.json is written")
