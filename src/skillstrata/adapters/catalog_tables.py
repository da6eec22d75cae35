"""The tables of catalog.db, and the names of its formats.

Never  changes a table without a new revision beside this file: stored catalogs must load for ever
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("id", String, primary_key=True),
    Column("session", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("bucket", String, nullable=False),
    Column("reason", Text, nullable=False),
    # What names the call in any session; "" where it is no call, or was stored before there were such names.
    Column("call", String, nullable=False, server_default=""),
    Column("ended", Integer, nullable=False, server_default="1"),
    CheckConstraint("bucket IN ('open', 'noise', 'execution')", name="events_bucket"),
    Index("events_session", "session"),
    Index("events_bucket_session", "bucket", "session"),
    Index("events_call", "call"),
)

copied_calls = Table(
    "copied_calls",
    metadata,
    Column("session", String, primary_key=True),
    Column("event_id", String, primary_key=True),
    Index("copied_calls_event", "event_id"),
)

read_marks = Table(
    "read_marks",
    metadata,
    Column("path", String, primary_key=True),
    Column("size_bytes", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("reader", String, nullable=False),
)

forgotten_sessions = Table("forgotten_sessions", metadata, Column("session", String, primary_key=True))

executions = Table(
    "executions",
    metadata,
    Column("id", String, primary_key=True),
    Column("agent", String, nullable=False),
    Column("session", String, nullable=False),
    Column("tool_use_id", String, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("record", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("unshelve", Text, nullable=False),
    Column("tool", String, nullable=False),
    Column("branch", String, nullable=False),
    Column("placement", String, nullable=False),
    Column("language", String, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("body_digest", String, nullable=False),
    Column("stages", Text, nullable=False),
    Column("proof", Text),
    Index("executions_session", "session"),
    Index("executions_state_at", "state", "at_s"),
)

execution_events = Table(
    "execution_events",
    metadata,
    Column("execution_id", String, ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True),
    # No foreign key to events: a reading may name an event whose index entry comes a moment later.
    Column("event_id", String, primary_key=True),
    Index("execution_events_event", "event_id"),
)

usages = Table(
    "usages",
    metadata,
    Column("digest", String, primary_key=True),
    Column("tool", String, nullable=False),
    Column("branch", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("ok", Integer, nullable=False),
    Column("ms", Float, nullable=False),
    Column("surface", String, nullable=False),
    Column("project", String, nullable=False),
    Column("session", String, nullable=False),
    Column("failure", Text, nullable=False),
    Column("person", String, nullable=False, server_default=""),
    Index("usages_tool", "tool"),
)

passes = Table(
    "passes",
    metadata,
    Column("started_at_s", Float, primary_key=True),
    Column("ended_at_s", Float, primary_key=True),
    Column("judged", Integer, nullable=False),
)

waiting_drafts = Table(
    "waiting_drafts",
    metadata,
    Column("candidate_id", String, ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True),
    Column("record", Text, nullable=False),
)

misses = Table(
    "misses",
    metadata,
    Column("digest", String, primary_key=True),
    Column("tool", String, nullable=False),
    Column("branch", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("given", String, nullable=False),
    Column("environment", String, nullable=False),
    Column("failure", String, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("rescued_by", Integer, nullable=False),
    Column("settled", Integer, nullable=False),
    Index("misses_tool", "tool"),
)

judge_calls = Table(
    "judge_calls",
    metadata,
    Column("digest", String, primary_key=True),
    Column("question", String, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("model", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Index("judge_calls_question", "question"),
    Index("judge_calls_at", "at_s"),
)

review_decisions = Table(
    "review_decisions",
    metadata,
    Column("id", String, primary_key=True),
    Column("item", String, ForeignKey("executions.id", ondelete="CASCADE"), nullable=False),
    Column("question", String, nullable=False),
    Column("answer", String, nullable=False),
    Column("tool", String, nullable=False),
    Column("branch", String, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("asked_tool", String, nullable=False),
    Column("asked_branch", String, nullable=False),
    Column("before_active", Integer, nullable=False),
    Column("tool_contract", Text, nullable=False),
    Column("branch_contract", Text, nullable=False),
    Column("undone", Integer, nullable=False),
    # The draft as it waited, so that an answer can be taken back.
    Column("draft", Text, nullable=False),
    Index("review_decisions_question", "question"),
)

reuse_misses = Table(
    "reuse_misses",
    metadata,
    Column("execution_id", String, ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True),
    Column("tool", String, nullable=False),
    Column("branch", String, nullable=False),
    Column("slice", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("environment", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("project", String, nullable=False),
    Column("session", String, nullable=False),
    Column("words", Text, nullable=False),
    Index("reuse_misses_tool", "tool"),
)

library_changes = Table(
    "library_changes",
    metadata,
    Column("id", String, primary_key=True),
    Column("tool", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("before", String, nullable=False),
    Column("after", String, nullable=False),
    Column("by", String, nullable=False),
    Column("because", Text, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("branch", String, nullable=False),
    Column("undone", Integer, nullable=False),
    Index("library_changes_tool", "tool"),
)

verifications = Table(
    "verifications",
    metadata,
    Column("tool", String, primary_key=True),
    Column("branch", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("environment", String, primary_key=True),
    Column("at_s", Float, nullable=False),
    Column("ok", Integer, nullable=False),
    Column("why", Text, nullable=False),
)

searches = Table(
    "searches",
    metadata,
    Column("digest", String, primary_key=True),
    Column("at_s", Float, nullable=False),
    Column("session", String, nullable=False),
    Column("project", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("found", Text, nullable=False),
    Index("searches_at", "at_s"),
)

showings = Table(
    "showings",
    metadata,
    Column("session", String, primary_key=True),
    Column("tool", String, primary_key=True),
    Column("how", String, primary_key=True),
    Column("at_s", Float, nullable=False),
)

health_snapshots = Table(
    "health_snapshots",
    metadata,
    Column("at_s", Float, primary_key=True),
    Column("record", Text, nullable=False),
)
