"""Attribution methods, one file a method, one registry."""
