"""What importing histories needs: names of calls, copies of calls, read marks, forgotten sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the tables; what is stored stays as it is."""
    op.add_column("events", sa.Column("call", sa.String(), nullable=False, server_default=""))
    op.add_column("events", sa.Column("ended", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("events_call", "events", ["call"])
    op.create_table(
        "copied_calls",
        sa.Column("session", sa.String(), primary_key=True),
        sa.Column("event_id", sa.String(), primary_key=True),
    )
    op.create_index("copied_calls_event", "copied_calls", ["event_id"])
    op.create_table(
        "read_marks",
        sa.Column("path", sa.String(), primary_key=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("mtime_ns", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
    )
    op.create_table("forgotten_sessions", sa.Column("session", sa.String(), primary_key=True))
