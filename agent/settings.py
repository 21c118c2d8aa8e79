"""Settings of a run: nested groups, read from ``ONCOBRIEF_<GROUP>__<FIELD>`` environment variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from agent.errors import InputError

_PREFIX = "ONCOBRIEF_"
# Variables with our prefix that other parts read themselves.
_FOREIGN = frozenset(
    {"ONCOBRIEF_REFERENCE_DATA", "ONCOBRIEF_MAKE_GOLDEN", "ONCOBRIEF_MCP_TOKEN", "ONCOBRIEF_WEB__TOKEN"}
)


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ExplainSettings(_Group):
    """How a drug is explained."""

    screen: Literal["GDSC1", "GDSC2"] = Field("GDSC2", description="Screen whose responses are explained.")
    kind: Literal["ln_ic50", "auc"] = Field("ln_ic50", description="Response: ln(IC50 in uM), or area under the curve.")
    bags: int = Field(20, ge=2, le=500, description="Number of bags of the cross-fitted model.")
    seed: int = Field(0, ge=0, description="Seed of bags and learner.")


class BriefSettings(_Group):
    """What goes into a brief."""

    top_genes: int = Field(12, ge=1, le=50, description="Genes shown in the table.")
    candidates: int = Field(30, ge=3, le=200, description="Best-ranked genes considered as hypotheses.")
    hypotheses: int = Field(6, ge=1, le=30, description="Hypotheses shown; the others are listed with the reason.")
    passages: int = Field(4, ge=1, le=20, description="Passages kept for each gene.")


class LLMSettings(_Group):
    """An OpenAI-compatible endpoint; nothing is contacted while `base_url` or `model` is unset."""

    base_url: str | None = Field(None, description="Base address, for example http://127.0.0.1:8080/v1.")
    model: str | None = Field(None, description="Model name as the endpoint knows it.")
    api_key: SecretStr | None = Field(None, description="Key sent to the endpoint; never logged or recorded.")
    temperature: float = Field(0.0, ge=0.0, le=2.0, description="Sampling temperature.")
    seed: int = Field(0, description="Seed sent with each request.")
    timeout_s: float = Field(60.0, gt=0.0, description="Seconds before one request is given up.")
    structured: Literal["auto", "json_schema", "json_mode", "prompt"] = Field(
        "auto", description="How the answer's form is asked for; auto steps down where an endpoint refuses."
    )
    stream: bool = Field(False, description="Ask for the answer as a stream of events.")
    max_output_tokens: int = Field(700, ge=50, le=16000, description="Longest answer asked for, in tokens.")
    max_response_bytes: int = Field(2_000_000, ge=10_000, description="A longer reply is given up.")
    retries: int = Field(3, ge=0, le=10, description="Further tries after 429, 5xx, time-outs and broken replies.")
    max_wait_s: float = Field(30.0, ge=0.0, description="Longest wait between tries, whatever Retry-After says.")
    repairs: int = Field(1, ge=0, le=3, description="Further answers asked for where sentences failed a check.")
    budget_tokens: int | None = Field(
        None, ge=1, description="Cap on tokens of one brief or question, in and out together."
    )
    budget_usd: float | None = Field(
        None, gt=0.0, description="Cap on the cost of one brief or question; needs both prices."
    )
    price_in: float | None = Field(None, ge=0.0, description="US dollars for a million tokens sent.")
    price_out: float | None = Field(None, ge=0.0, description="US dollars for a million tokens received.")

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("give an address that starts with http:// or https://")
        if parts.username or parts.password or parts.query or parts.fragment:
            # It is recorded with the run, so nothing secret may stand in it.
            raise ValueError("give the address without user name, password, query or fragment; keys go into API_KEY")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _priced(self) -> LLMSettings:
        if self.budget_usd is not None and (self.price_in is None or self.price_out is None):
            raise ValueError("a cap in money needs PRICE_IN and PRICE_OUT")
        return self

    @property
    def configured(self) -> bool:
        """Whether an endpoint and a model are named."""
        return self.base_url is not None and self.model is not None


class LogSettings(_Group):
    """Structured logs for whoever operates a shared installation."""

    json_lines: bool = Field(False, description="Write the log as JSON lines instead of notes on stderr.")
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is written.")
    file: Path | None = Field(None, description="Append to this file; stderr when unset.")


class Settings(BaseSettings):
    """All settings; unknown fields are an error."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    workspace: Path | None = Field(None, description="Workspace folder; the user's data folder when unset.")
    explain: ExplainSettings = Field(default_factory=ExplainSettings, description="How a drug is explained.")
    brief: BriefSettings = Field(default_factory=BriefSettings, description="What goes into a brief.")
    log: LogSettings = Field(default_factory=LogSettings, description="Structured logs.")
    llm: LLMSettings = Field(default_factory=LLMSettings, description="Optional language model endpoint.")
    database_url: SecretStr | None = Field(
        None, description="postgresql:// or sqlite:// address; a file in the workspace when unset. Never recorded."
    )

    def record(self) -> dict[str, object]:
        """Return the settings as plain JSON values, keys masked."""
        return self.model_dump(mode="json")


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises
    ------
    InputError
        If a variable with our prefix names no setting, or its value does not fit.
    """
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(_PREFIX) and name not in _FOREIGN and name.split("__")[0].upper() not in known
    )
    if unknown:
        raise InputError(
            f"environment variable {unknown[0]!r} names no setting; known groups are {', '.join(sorted(known))}"
        )
    try:
        return Settings()
    except (ValidationError, SettingsError) as error:
        raise InputError(f"settings: {_first_fault(error)}; mend the environment variable") from error


def _first_fault(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    fault = error.errors(include_input=False)[0]
    name = _PREFIX + "__".join(str(part).upper() for part in fault["loc"])
    return f"{name}: {fault['msg']}"
