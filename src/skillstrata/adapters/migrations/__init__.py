"""Alembic's environment and the catalog's revisions, installed with the program."""
