"""The first tables: events, executions and their links, usages, passes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Written out, not taken from the program's tables: those move on, this revision does not."""
    _make_events()
    _make_executions()
    _make_usages()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=False)


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.String(), primary_key=True),
        _word("session"),
        _word("kind"),
        _number("at_s"),
        _word("bucket"),
        _text("reason"),
        sa.CheckConstraint("bucket IN ('open', 'noise', 'execution')", name="events_bucket"),
    )
    op.create_index("events_session", "events", ["session"])
    op.create_index("events_bucket_session", "events", ["bucket", "session"])


def _make_executions() -> None:
    op.create_table(
        "executions",
        sa.Column("id", sa.String(), primary_key=True),
        _word("agent"),
        _word("session"),
        _word("tool_use_id"),
        _number("at_s"),
        _text("record"),
        _word("state"),
        _text("reason"),
        _text("unshelve"),
        _word("tool"),
        _word("branch"),
        _word("placement"),
        _word("language"),
        _text("purpose"),
        _word("body_digest"),
        _text("stages"),
        _text("proof", nullable=True),
    )
    op.create_index("executions_session", "executions", ["session"])
    op.create_index("executions_state_at", "executions", ["state", "at_s"])
    op.create_table(
        "execution_events",
        sa.Column("execution_id", sa.String(), sa.ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("event_id", sa.String(), primary_key=True),
    )
    op.create_index("execution_events_event", "execution_events", ["event_id"])


def _make_usages() -> None:
    op.create_table(
        "usages",
        sa.Column("digest", sa.String(), primary_key=True),
        _word("tool"),
        _word("branch"),
        sa.Column("version", sa.Integer(), nullable=False),
        _number("at_s"),
        sa.Column("ok", sa.Integer(), nullable=False),
        _number("ms"),
        _word("surface"),
        _word("project"),
        _word("session"),
        _text("failure"),
    )
    op.create_index("usages_tool", "usages", ["tool"])
    op.create_table(
        "passes",
        sa.Column("started_at_s", sa.Float(), primary_key=True),
        sa.Column("ended_at_s", sa.Float(), primary_key=True),
        sa.Column("judged", sa.Integer(), nullable=False),
    )
