"""Well-known converters, run over folders of inputs: what correct programs give. Not a part of the product.

In     a folder with tables/*.csv, trees/*.json, logs/*.txt, images/*.png
Out    beside each kind a folder per converter with its outputs, and versions.json
Never  imports the product; a converter that is not installed is left out

Run by scripts/calibrate_data_oracles.py in an environment of its own.
"""

import csv
import importlib
import importlib.metadata
import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

Convert = Callable[[Path], bytes]
_LEVEL = "ERROR"


def _load(name: str):  # noqa: ANN202
    return importlib.import_module(name)


# ---- tables: CSV to JSON ----


def csv_module(path: Path) -> bytes:
    """Python's csv and json."""
    with path.open(newline="", encoding="utf-8") as file:
        return json.dumps(list(csv.DictReader(file)), ensure_ascii=False).encode()


def pandas_table(path: Path) -> bytes:
    """The pandas library, every column as text: types guessed from text lose leading zeros."""
    frame = _load("pandas").read_csv(path, dtype=str, keep_default_na=False)
    return frame.to_json(orient="records", force_ascii=False).encode()


def polars_table(path: Path) -> bytes:
    """The polars library, every column as text."""
    frame = _load("polars").read_csv(path, infer_schema=False)
    return json.dumps(frame.to_dicts(), ensure_ascii=False).encode()


def tablib_table(path: Path) -> bytes:
    """The tablib library."""
    data = _load("tablib").Dataset().load(path.read_text(encoding="utf-8"), format="csv")
    return data.export("json").encode()


def duckdb_table(path: Path) -> bytes:
    """The DuckDB engine, every column as text."""
    duckdb = _load("duckdb")
    found = duckdb.read_csv(str(path), all_varchar=True, header=True)
    return json.dumps([dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]).encode()


def pyexcel_table(path: Path) -> bytes:
    """The pyexcel library, without type detection."""
    pyexcel = _load("pyexcel")
    none = {f"auto_detect_{kind}": False for kind in ("int", "float", "datetime")}
    return json.dumps([dict(r) for r in pyexcel.get_records(file_name=str(path), **none)]).encode()


# ---- tables: sums by group ----


def python_sums(path: Path) -> bytes:
    """Python's csv module and a dictionary."""
    found: dict[str, float] = {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[row["place"]] = found.get(row["place"], 0.0) + float(row["amount"])
    return json.dumps({place: round(total, 2) for place, total in found.items()}).encode()


def pandas_sums(path: Path) -> bytes:
    """The pandas library's group-by."""
    return _load("pandas").read_csv(path).groupby("place")["amount"].sum().round(2).to_json().encode()


def duckdb_sums(path: Path) -> bytes:
    """The DuckDB engine's group-by."""
    query = f"select place, round(sum(amount), 2) as total from read_csv('{path}') group by place"  # noqa: S608
    return json.dumps({place: float(total) for place, total in _load("duckdb").sql(query).fetchall()}).encode()


# ---- tables: CSV to spreadsheet ----


def openpyxl_book(path: Path) -> bytes:
    """The openpyxl library, cells as text."""
    book = _load("openpyxl").Workbook()
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ---- trees: JSON ----


def json_module(path: Path) -> bytes:
    """Python's json, indented and with sorted keys."""
    return json.dumps(json.loads(path.read_text()), indent=4, sort_keys=True, ensure_ascii=False).encode()


def orjson_tree(path: Path) -> bytes:
    """The orjson library, indented."""
    orjson = _load("orjson")
    return orjson.dumps(orjson.loads(path.read_bytes()), option=orjson.OPT_INDENT_2)


def flatten_tree(path: Path) -> bytes:
    """The flatten_json library: every leaf under its joined path."""
    return json.dumps(_load("flatten_json").flatten(json.loads(path.read_text()), "."), ensure_ascii=False).encode()


def pandas_tree(path: Path) -> bytes:
    """The pandas library's flattening with underscores."""
    frame = _load("pandas").json_normalize(json.loads(path.read_text()), sep="_")
    return json.dumps(frame.iloc[0].to_dict(), default=lambda value: value.item()).encode()


def pyyaml_tree(path: Path) -> bytes:
    """The PyYAML library."""
    return _load("yaml").safe_dump(json.loads(path.read_text()), sort_keys=False, allow_unicode=True).encode()


def ruamel_tree(path: Path) -> bytes:
    """The ruamel.yaml library."""
    out = io.StringIO()
    _load("ruamel.yaml").YAML().dump(json.loads(path.read_text()), out)
    return out.getvalue().encode()


def toml_tree(path: Path) -> bytes:
    """The tomli-w library."""
    return _load("tomli_w").dumps(json.loads(path.read_text())).encode()


# ---- logs: the lines of one level, and how many there are of each ----


def _command(*argv: str) -> Convert:
    found = shutil.which(argv[0])
    if found is None:
        raise ImportError(argv[0])
    return lambda path: subprocess.run([found, *argv[1:], str(path)], capture_output=True, check=True).stdout


def python_counts(path: Path) -> bytes:
    """Python's Counter, as lines."""
    found = Counter(line.split()[2] for line in path.read_text().splitlines())
    return "".join(f"{level}: {count}\n" for level, count in found.most_common()).encode()


def pandas_counts(path: Path) -> bytes:
    """The pandas library's group-by, as JSON."""
    frame = _load("pandas").DataFrame({"level": [line.split()[2] for line in path.read_text().splitlines()]})
    return frame.groupby("level").size().to_json().encode()


def sort_uniq(path: Path) -> bytes:
    """The commands awk, sort and uniq."""
    levels = _command("awk", "{print $3}")(path)
    ordered = subprocess.run(["sort"], input=levels, capture_output=True, check=True).stdout  # noqa: S607
    return subprocess.run(["uniq", "-c"], input=ordered, capture_output=True, check=True).stdout  # noqa: S607


# ---- images: half as large, and as JPEG ----


def pillow_half(path: Path) -> bytes:
    """The Pillow library."""
    image = _load("PIL.Image").open(path)
    out = io.BytesIO()
    image.resize((image.width // 2, image.height // 2)).save(out, "PNG")
    return out.getvalue()


def pillow_jpeg(path: Path) -> bytes:
    """The Pillow library, to JPEG."""
    out = io.BytesIO()
    _load("PIL.Image").open(path).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def opencv_half(path: Path) -> bytes:
    """The OpenCV library."""
    cv2 = _load("cv2")
    image = cv2.imread(str(path))
    height, width = image.shape[:2]
    small = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".png", small)[1].tobytes()


def opencv_jpeg(path: Path) -> bytes:
    """The OpenCV library, to JPEG."""
    cv2 = _load("cv2")
    return cv2.imencode(".jpg", cv2.imread(str(path)))[1].tobytes()


def vips_half(path: Path) -> bytes:
    """The libvips library."""
    image = _load("pyvips").Image.new_from_file(str(path))
    return image.resize(0.5).write_to_buffer(".png")


def vips_jpeg(path: Path) -> bytes:
    """The libvips library, to JPEG."""
    return _load("pyvips").Image.new_from_file(str(path)).write_to_buffer(".jpg")


def _commands() -> dict[str, dict[str, Convert]]:
    found: dict[str, dict[str, Convert]] = {"lines": {}}
    for name, argv in (
        ("grep", ("grep", _LEVEL)),
        ("awk", ("awk", f'$3 == "{_LEVEL}"')),
        ("sed", ("sed", "-n", f"/ {_LEVEL} /p")),
    ):
        try:
            found["lines"][name] = _command(*argv)
        except ImportError:
            continue
    return found


# kind -> folder of inputs, ending of outputs, converters
KINDS: dict[str, tuple[str, str, dict[str, Convert]]] = {
    "table to JSON": (
        "tables",
        ".json",
        {
            "csv module": csv_module,
            "pandas": pandas_table,
            "polars": polars_table,
            "tablib": tablib_table,
            "duckdb": duckdb_table,
            "pyexcel": pyexcel_table,
        },
    ),
    "table to sums by group": (
        "tables",
        ".json",
        {"python": python_sums, "pandas": pandas_sums, "duckdb": duckdb_sums},
    ),
    "table to spreadsheet": ("tables", ".xlsx", {"openpyxl": openpyxl_book}),
    "tree to JSON": (
        "trees",
        ".json",
        {"json module": json_module, "orjson": orjson_tree, "flatten_json": flatten_tree, "pandas": pandas_tree},
    ),
    "tree to YAML": ("trees", ".yaml", {"pyyaml": pyyaml_tree, "ruamel.yaml": ruamel_tree}),
    "tree to TOML": ("trees", ".toml", {"tomli-w": toml_tree}),
    "log to lines": ("logs", ".txt", _commands()["lines"]),
    "log to counts": ("logs", ".txt", {"python": python_counts, "awk, sort, uniq": sort_uniq}),
    "log to JSON counts": ("logs", ".json", {"pandas": pandas_counts}),
    "image to half": ("images", ".png", {"pillow": pillow_half, "opencv": opencv_half, "libvips": vips_half}),
    "image to JPEG": ("images", ".jpg", {"pillow": pillow_jpeg, "opencv": opencv_jpeg, "libvips": vips_jpeg}),
}


def main(folder: Path) -> None:
    """Convert everything, and write down which version each converter has."""
    for kind, (place, ending, converters) in KINDS.items():
        for name, convert in converters.items():
            out = folder / "made" / kind / name
            out.mkdir(parents=True)
            for path in sorted((folder / place).iterdir()):
                try:
                    made = convert(path)
                except ImportError as error:
                    print(f"{name} is left out: {error}", file=sys.stderr)
                    break
                (out / (path.stem + ending)).write_bytes(made)
    names = (
        "pandas",
        "polars",
        "tablib",
        "duckdb",
        "pyexcel",
        "openpyxl",
        "orjson",
        "flatten-json",
        "pyyaml",
        "ruamel.yaml",
        "tomli-w",
    )
    versions = {}
    for name in (*names, "pillow", "opencv-python-headless", "pyvips"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    (folder / "versions.json").write_text(json.dumps(versions))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
