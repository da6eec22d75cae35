"""Independent readers: what is really in a file, seen without the library under test.

    TypedBytes --document_view--> DocumentView     TypedBytes --table_view--> TableView

Standard library only, within limits of size and depth; what cannot be read is None, never an exception.
"""

from skillstrata.distill.views.documents import document_view
from skillstrata.distill.views.labels import program_labels
from skillstrata.distill.views.shapes import DocumentView, TableView
from skillstrata.distill.views.tables import table_view, table_views

__all__ = ["DocumentView", "TableView", "document_view", "program_labels", "table_view", "table_views"]
