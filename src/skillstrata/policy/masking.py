"""Secret values taken out of whatever is written down or shown.

In     any JSON value, and the values that must not be seen
Out    the same with a marker in their place, in keys too
"""

from skillstrata.records.json_values import Json

MARK = "[secret]"


def masked(value: Json, secrets: tuple[str, ...]) -> Json:
    """Replace every occurrence of the secrets, the longest first, as one may be part of another."""
    known = sorted({secret for secret in secrets if secret}, key=lambda one: (-len(one), one))
    return _masked(value, known) if known else value


def _masked(value: Json, known: list[str]) -> Json:
    if isinstance(value, str):
        for secret in known:
            value = value.replace(secret, MARK)
        return value
    if isinstance(value, list):
        return [_masked(item, known) for item in value]
    if isinstance(value, dict):
        return {str(_masked(key, known)): _masked(item, known) for key, item in value.items()}
    if isinstance(value, int | float) and str(value) in known:
        return MARK
    return value
