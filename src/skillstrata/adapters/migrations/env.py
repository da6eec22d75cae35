"""Alembic's environment: runs on the connection that `catalog_migrations.upgrade` was given."""

from alembic import context

from skillstrata.adapters.catalog_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
