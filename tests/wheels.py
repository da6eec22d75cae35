"""Wheels made by hand, for tests that install: no index, no build backend, nothing fetched."""

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path


def put_wheel(folder: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """Make a wheel: its files, METADATA and WHEEL, and the RECORD of their digests.

    `{info}` and `{data}` in a path stand for the folders that a wheel keeps what it says of itself and its scripts in.
    """
    stem = name.replace("-", "_")
    about = f"{stem}-{version}.dist-info"
    every = {
        **{path.format(info=about, data=f"{stem}-{version}.data"): text for path, text in files.items()},
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in every.items())
    made = folder / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as wheel:
        for path, text in {**every, f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}.items():
            wheel.writestr(path, text)
    return made


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
