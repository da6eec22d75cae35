"""The package that one of the recorded programs needs: no index has it, only a folder of wheels, made when asked.

In     a folder
Out    a wheel in it, of scenes/csv_with_package/package
Why    what happens to a program whose package is missing can be shown without a network
"""

from pathlib import Path

from tests.wheels import put_wheel

NAME = "harbour-office-rows"
_VERSION = "1.2"
_MODULE = Path(__file__).parent / "scenes" / "csv_with_package" / "package" / "harbour_office_rows.py.txt"


def put_package(folder: Path) -> Path:
    """Make the wheel, and the folder if it is not there yet; gives the wheel's path."""
    folder.mkdir(parents=True, exist_ok=True)
    return put_wheel(folder, NAME, _VERSION, {"harbour_office_rows.py": _MODULE.read_text(encoding="utf-8")})
