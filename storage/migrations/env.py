"""How Alembic runs a migration here: on the connection that it is given, which holds the lock."""

from alembic import context

from onelane.storage.metadata import METADATA, is_modelled

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    include_object=is_modelled,
    compare_type=True,
    compare_server_default=False,
)
context.run_migrations()
