"""How one skill and a whole listing are written.

In     names and descriptions, from files that anybody may have written
Out    text in which no name or description can end its own entry or begin another
"""

from collections.abc import Sequence
from html import escape

from skillstrata.records.catalogues import ListingForm
from skillstrata.runtime.compaction import one_line, scenes

_EDGES = {
    ListingForm.XML: ("<available_skills>\n", "</available_skills>"),
    ListingForm.BRACKETS: ("", ""),
    ListingForm.LINES: ("", ""),
}


def line_of(form: ListingForm, name: str, text: str, *, use: tuple[str, ...] = ()) -> str:
    """Write one skill, with its line end.

    Args:
        form: How.
        name: What a model calls it by.
        text: Its description, as `one_line` gives it; "" lists the name alone.
        use: Phrases of when it is used, for the form that has a place for them.
    """
    name = one_line(name)
    if form is ListingForm.XML:
        told = f"<description>{escape(text, quote=False)}</description>" if text else ""
        return f"<skill><name>{escape(name, quote=False)}</name>{told}</skill>\n"
    if form is ListingForm.BRACKETS:
        used = f" (use: {', '.join(use)})" if use and text else ""
        return f"[{name}] {text}".rstrip() + used + "\n"
    return f"- {name}: {text}\n" if text else f"- {name}\n"


def scenes_for(form: ListingForm, description: str) -> tuple[str, ...]:
    """Give the phrases of when a skill is used where the form shows them."""
    return scenes(description) if form is ListingForm.BRACKETS and description else ()


def edges(form: ListingForm) -> tuple[str, str]:
    """Give what stands before the first and after the last entry."""
    return _EDGES[form]


def more_line(form: ListingForm, left_out: int) -> str:
    """Say that there are skills which are not listed, and how to find them; "" where there are none."""
    if not left_out:
        return ""
    said = f"{left_out} more skills are not listed: search for them"
    return f"<more>{said}</more>\n" if form is ListingForm.XML else f"({said})\n"


def joined(form: ListingForm, lines: Sequence[str], left_out: int) -> str:
    """Write a listing; of no lines, nothing."""
    if not lines:
        return ""
    before, after = edges(form)
    return (before + "".join(lines) + more_line(form, left_out) + after).rstrip("\n")
