"""Chat over computed objects and checked passages."""
