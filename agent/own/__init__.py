"""Screens of a user's own: tables kept in the workspace under a name, and datasets made from them."""
