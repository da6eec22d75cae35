"""What a consent is bound to: the tool's definition, the resolved arguments, the folder, the policy's version.

In     those four
Out    a sha256; a change of any part gives another, and the consent is void
"""

import hashlib
import json

import orjson

from skillstrata.records.json_values import Json


def canonical(value: Json) -> bytes:
    """Give the one spelling of a JSON value: sorted keys, no spaces; 1, 1.0 and true stay apart."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):
        # Whole numbers beyond 64 bits, half characters, depth: slower, and with a spelling of its own.
        return b"\0" + json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def grant_key(definition: str, arguments: Json, cwd: str, policy_version: str) -> str:
    """Give the key of a call's consent."""
    # Lengths go before the parts, so that no part can pass for the beginning of the next.
    parts = (definition.encode(), canonical(arguments), cwd.encode(errors="surrogatepass"), policy_version.encode())
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


def plan_key(plan_digest: str, policy_version: str) -> str:
    """Give the key of a whole plan's consent; the plan's digest holds definition, arguments and folder."""
    return hashlib.sha256(f"plan\0{plan_digest}\0{policy_version}".encode()).hexdigest()


def elevation_key(skill: str, tool: str, operation: str, policy_version: str) -> str:
    """Give the key of a consent that a skill may do one operation of a tool for a while."""
    said = json.dumps(["elevation", skill, tool, operation, policy_version])
    return hashlib.sha256(said.encode()).hexdigest()
