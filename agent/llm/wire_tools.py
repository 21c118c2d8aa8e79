"""The guard for replies that ask for tools: calls of bounded number and size, their arguments JSON objects."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from agent.llm.errors import RetryableError
from agent.llm.wire import GuardedTransport, first_choice, parse_json, read_completion, read_stream, reply_object

MAX_CALLS = 8
MAX_ARGUMENTS = 4000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ToolTransport(GuardedTransport):
    """A `GuardedTransport` that lets well-formed tool calls through as well; streams are read without them."""

    def _completion(self, body: bytes, *, streamed: bool) -> dict[str, Any]:
        return read_stream(body) if streamed else read_tool_completion(body)


def read_tool_completion(body: bytes) -> dict[str, Any]:
    """The fields of a chat completion that are used, its tool calls among them.

    Raises
    ------
    agent.llm.errors.RetryableError
        If the body is no chat completion, or a call in it cannot be read.
    """
    found = reply_object(body)
    choice = first_choice(found)
    message = choice.get("message")
    asked = message.get("tool_calls") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not asked:
        return read_completion(body)
    if not isinstance(asked, list) or len(asked) > MAX_CALLS:
        raise RetryableError(f"the reply asks for more than {MAX_CALLS} tools at once", billed=True)
    calls = [_call(one, number) for number, one in enumerate(asked)]
    content = message.get("content")
    # Words beside a call are thoughts, not an answer: only the call is used.
    plain = {**found, "choices": [{**choice, "message": {"content": content or "(asks a tool)"}}]}
    kept = read_completion(json.dumps(plain).encode())
    only = kept["choices"][0]
    only["message"] = {"role": "assistant", "content": "", "tool_calls": calls}
    only["finish_reason"] = "tool_calls"
    return kept


def _call(found: Any, number: int) -> dict[str, Any]:
    function = found.get("function") if isinstance(found, dict) else None
    if not isinstance(function, dict):
        raise RetryableError("the reply holds a tool call without a function", billed=True)
    name, arguments = function.get("name"), function.get("arguments")
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise RetryableError("the reply asks for a tool without a name", billed=True)
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    if len(text) > MAX_ARGUMENTS:
        raise RetryableError("the arguments of a tool call are too long", billed=True)
    try:
        given = parse_json(text or "{}")
    except ValueError as error:
        raise RetryableError("the arguments of a tool call are not JSON", billed=True) from error
    if not isinstance(given, dict):
        raise RetryableError("the arguments of a tool call are no JSON object", billed=True)
    # An id of our own: what the endpoint calls it goes into no key.
    return {
        "id": f"call_{secrets.token_hex(6)}_{number}",
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(given)},
    }
