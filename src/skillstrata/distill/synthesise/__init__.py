"""Inputs nobody demonstrated: of the same schema, of the type in general, and at its edges.

    demonstration --unseen--> inputs with its structure and none of its content
    demonstration --quoted--> the same table with cells that need quotes
    media type    --fresh---> general files of that type
    media type    --edges---> empty, marked, long, damaged and foreign ones, each with what must happen

Everything follows from the seed alone; words are invented, so no output for them can have been memorised.
Which types can be made: `skillstrata.distill.synthesise.general`; like a demonstration: `.likeness`.
"""

from skillstrata.distill.synthesise.edge_inputs import EdgeInput, edges
from skillstrata.distill.synthesise.general import fresh
from skillstrata.distill.synthesise.hostile_names import hostile_names
from skillstrata.distill.synthesise.likeness import quoted, renamed, unseen

__all__ = ["EdgeInput", "edges", "fresh", "hostile_names", "quoted", "renamed", "unseen"]
