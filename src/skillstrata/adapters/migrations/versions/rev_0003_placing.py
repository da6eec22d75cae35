"""What placement needs: proven drafts that wait for their place, misses of versions, questions put to a model."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the tables; what is stored stays as it is."""
    op.create_table(
        "waiting_drafts",
        sa.Column("candidate_id", sa.String(), sa.ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("record", sa.Text(), nullable=False),
    )
    op.create_table(
        "misses",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("rescued_by", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
    )
    op.create_index("misses_tool", "misses", ["tool"])
    op.create_table(
        "judge_calls",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
    )
    op.create_index("judge_calls_question", "judge_calls", ["question"])
    op.create_index("judge_calls_at", "judge_calls", ["at_s"])
