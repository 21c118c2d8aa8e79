"""The tools behind chat, web and MCP: one question each, answered from computed objects and checked passages."""
