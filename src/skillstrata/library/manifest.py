"""The manifest of a tool: what the library knows of it, as canonical JSON.

In     Tool
Out    the bytes of manifest.json; the same bytes for the same tool
Never  holds program texts: those are the files beside it, named with their digests
Why    the texts have one home each, and a digest shows when somebody changed one
"""

import hashlib
import json
from dataclasses import asdict

from skillstrata.records.programs import main_name
from skillstrata.records.tools import MANIFEST_FORMAT, Tool, Version

LOCK = "requirements.lock"


def manifest_bytes(tool: Tool) -> bytes:
    """Render a tool's manifest."""
    fields = asdict(tool)
    for branch, rendered in zip(tool.branches, fields["branches"], strict=True):
        for version, values in zip(branch.versions, rendered["versions"], strict=True):
            del values["main"], values["lock"]
            values["bundled"] = [file.path for file in version.bundled]
            values["files"] = dict(_digests(version))
    text = json.dumps({"format": MANIFEST_FORMAT, **fields}, indent=1, sort_keys=True, ensure_ascii=False)
    return text.encode() + b"\n"


def _digests(version: Version) -> tuple[tuple[str, str], ...]:
    bodies = ((main_name(version.language), version.main), (LOCK, version.lock))
    return tuple((path, _sha256(text)) for path, text in (*bodies, *((f.path, f.text) for f in version.bundled)))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
