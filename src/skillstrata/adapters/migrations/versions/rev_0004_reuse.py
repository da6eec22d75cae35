"""What the living library needs: answers of people, misses of reuse, changes, verifications, searches, health."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables, and who called to the uses; what is stored stays as it is."""
    op.add_column("usages", sa.Column("person", sa.String(), nullable=False, server_default=""))
    _of_executions()
    op.create_table(
        "library_changes",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=False),
    )
    op.create_index("library_changes_tool", "library_changes", ["tool"])
    op.create_table(
        "verifications",
        sa.Column("tool", sa.String(), primary_key=True),
        sa.Column("branch", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("environment", sa.String(), primary_key=True),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("ok", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_table(
        "searches",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
    )
    op.create_index("searches_at", "searches", ["at_s"])
    op.create_table(
        "showings",
        sa.Column("session", sa.String(), primary_key=True),
        sa.Column("tool", sa.String(), primary_key=True),
        sa.Column("how", sa.String(), primary_key=True),
        sa.Column("at_s", sa.Float(), nullable=False),
    )
    op.create_table(
        "health_snapshots",
        sa.Column("at_s", sa.Float(), primary_key=True),
        sa.Column("record", sa.Text(), nullable=False),
    )


def _of_executions() -> None:
    """Add what goes with the session it comes from."""
    op.create_table(
        "review_decisions",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("item", sa.String(), sa.ForeignKey("executions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("asked_tool", sa.String(), nullable=False),
        sa.Column("asked_branch", sa.String(), nullable=False),
        sa.Column("before_active", sa.Integer(), nullable=False),
        sa.Column("tool_contract", sa.Text(), nullable=False),
        sa.Column("branch_contract", sa.Text(), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
    )
    op.create_index("review_decisions_question", "review_decisions", ["question"])
    op.create_table(
        "reuse_misses",
        sa.Column("execution_id", sa.String(), sa.ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("slice", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
    )
    op.create_index("reuse_misses_tool", "reuse_misses", ["tool"])
