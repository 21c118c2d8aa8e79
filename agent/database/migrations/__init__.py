"""The way from one revision of the tables to the next, shipped with the package."""

VERSION_TABLE = "oncobrief_revision"
# Every revision in order, kept here so that opening a database at the newest one need not load Alembic.
REVISIONS = ("0001", "0002")
HEAD = REVISIONS[-1]
