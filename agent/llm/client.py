"""One request to an OpenAI-compatible endpoint, and one answer or one clear error back."""

from __future__ import annotations

import email.utils
import time
from typing import TYPE_CHECKING, Any, Literal

from agent.llm.errors import AnswerError, EndpointError, FormError, ModelError, RetryableError
from agent.llm.secret import KeyMask
from agent.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

    from agent.settings import LLMSettings

Form = Literal["json_schema", "json_mode", "prompt"]
_RETRIED = frozenset({408, 409, 425, 429})
_FORM_REFUSED = frozenset({400, 415, 422, 501})


class Message(Record):
    """One message of a request."""

    role: Literal["system", "user", "assistant"]
    content: str


class Answer(Record):
    """What one request brought back.

    Attributes
    ----------
    text
        The answer as written, secrets taken out.
    model, fingerprint
        As the endpoint reports them; empty where it does not.
    prompt_tokens, output_tokens
        As reported; None where the endpoint does not say.
    whole
        False where the answer was ended by the limit on its length.
    """

    text: str
    model: str
    fingerprint: str
    prompt_tokens: int | None
    output_tokens: int | None
    whole: bool


class ChatModel:
    """A chat model behind an OpenAI-compatible endpoint.

    Parameters
    ----------
    settings
        With `base_url` and `model` set.
    transport
        Used in place of a real connection, below all checks of the reply.

    Raises
    ------
    EndpointError
        If no endpoint or model is set.
    """

    def __init__(self, settings: LLMSettings, transport: httpx2.BaseTransport | None = None) -> None:
        if settings.base_url is None or settings.model is None:
            raise EndpointError("no language model is set up; set ONCOBRIEF_LLM__BASE_URL and ONCOBRIEF_LLM__MODEL")
        self.settings = settings
        self.clean = KeyMask(settings.api_key)
        self._url = settings.base_url
        self._model = settings.model
        self._transport = transport
        self._chat: ChatOpenAI | None = None
        self._http: httpx2.Client | None = None

    def __enter__(self) -> ChatModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._http is not None:
            self._http.close()
        self._chat = self._http = None

    def ask(self, messages: tuple[Message, ...], schema: Mapping[str, object], form: Form) -> Answer:
        """Send one request and wait for its answer; nothing is tried again here.

        Raises
        ------
        RetryableError
            429, 5xx, time-outs, connections that fail, replies that are cut or are no completion.
        FormError
            The endpoint refuses `form`.
        EndpointError
            The endpoint refuses the request for good (key, address, model name).
        AnswerError
            The model refused to answer, or the answer cannot be read.
        """
        import httpx2
        import openai
        from langchain_core.exceptions import LangChainException
        from langsmith import tracing_context

        runnable = self._runnable(dict(schema), form)
        try:
            # Prompts hold the user's data: they go to the endpoint that was set and to no tracing service.
            with tracing_context(enabled=False):
                found = runnable.invoke([(m.role, m.content) for m in messages])
        except ModelError:
            raise
        except openai.LengthFinishReasonError:
            raise AnswerError(f"the answer was ended at {self.settings.max_output_tokens} tokens") from None
        except openai.APIStatusError as error:
            raise self._status_fault(error, form) from None
        except (openai.APITimeoutError, httpx2.TimeoutException):
            raise RetryableError(f"no answer within {self.settings.timeout_s:g} s", billed=True) from None
        except (openai.APIConnectionError, httpx2.TransportError) as error:
            raise RetryableError(f"{self._url} cannot be reached ({self._cause(error)})") from None
        except (openai.OpenAIError, LangChainException, ValueError, TypeError, KeyError) as error:
            # What the checked reply still makes the client libraries raise.
            raise AnswerError(f"the answer cannot be read ({type(error).__name__})") from None
        return self._answer(found["raw"] if isinstance(found, dict) else found)

    def _runnable(self, schema: dict[str, Any], form: Form) -> Any:
        chat = self._open()
        if form == "json_schema":
            return chat.with_structured_output(schema, method="json_schema", strict=True, include_raw=True)
        if form == "json_mode":
            return chat.with_structured_output(schema, method="json_mode", include_raw=True)
        return chat

    def _open(self) -> ChatOpenAI:
        if self._chat is not None:
            return self._chat
        import httpx2
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        from agent.llm.wire import GuardedTransport, open_transport

        settings = self.settings
        inner = self._transport if self._transport is not None else open_transport(self._url)
        guard = GuardedTransport(
            inner, max_bytes=settings.max_response_bytes, deadline_s=settings.timeout_s, clean=self.clean
        )
        self._http = httpx2.Client(transport=guard, timeout=settings.timeout_s, follow_redirects=False)
        # Without a key, a placeholder: the libraries would else take OPENAI_API_KEY from the environment and send it.
        key = settings.api_key if settings.api_key is not None else SecretStr("none")
        self._chat = ChatOpenAI(
            model=self._model,
            base_url=self._url,
            api_key=key,
            temperature=settings.temperature,
            seed=settings.seed,
            max_tokens=settings.max_output_tokens,  # type: ignore[call-arg, unused-ignore]
            max_retries=0,
            timeout=settings.timeout_s,
            streaming=settings.stream,
            stream_usage=settings.stream,
            use_responses_api=False,
            http_client=self._http,
            openai_proxy=None,
        )
        return self._chat

    def _answer(self, raw: BaseMessage) -> Answer:
        text = raw.content
        if not isinstance(text, str) or not text.strip():
            raise AnswerError("the answer holds no text")
        usage = getattr(raw, "usage_metadata", None) or {}
        about = raw.response_metadata
        return Answer(
            text=self.clean(text),
            model=self.clean(str(about.get("model_name") or "")),
            fingerprint=self.clean(str(about.get("system_fingerprint") or "")),
            prompt_tokens=usage.get("input_tokens"),
            output_tokens=usage.get("output_tokens"),
            whole=about.get("finish_reason") != "length",
        )

    def _status_fault(self, error: Any, form: Form) -> ModelError:
        code = int(error.status_code)
        said = self.clean(str(error.body.get("message", "")) if isinstance(error.body, dict) else "")[:200]
        words = f"{self._url} answers {code}"
        if code in _RETRIED or code >= 500:
            wait = retry_after(error.response.headers.get("retry-after"), time.time())
            return RetryableError(words, wait_s=wait, said=said)
        if code in _FORM_REFUSED and form != "prompt":
            return FormError(words, said=said)
        return EndpointError(f"{words}; check ONCOBRIEF_LLM__BASE_URL, __MODEL and __API_KEY", said=said)

    def _cause(self, error: BaseException) -> str:
        here: BaseException | None = error
        while here is not None and here.__cause__ is not None:
            here = here.__cause__
        return self.clean(str(here) or type(here).__name__)[:200]


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by a ``Retry-After`` head: seconds or a date; None where it is missing or senseless."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return None
    return seconds if 0.0 <= seconds < float("inf") else None


def next_form(form: Form) -> Form | None:
    """The next plainer way of asking for the form of an answer."""
    later: dict[Form, Form] = {"json_schema": "json_mode", "json_mode": "prompt"}
    return later.get(form)


def read_object(text: str) -> dict[str, Any]:
    """The JSON object of an answer; models asked without a schema put words or code fences around it.

    Raises
    ------
    AnswerError
        If there is none.
    """
    from agent.llm.wire import parse_json

    tries = [text.strip()]
    first, last = text.find("{"), text.rfind("}")
    if 0 <= first < last:
        tries.append(text[first : last + 1])
    for candidate in tries:
        try:
            found = parse_json(candidate)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    raise AnswerError("the answer is no JSON object")
