"""Settings come from the environment, refuse what they do not know, and never show a key."""

import pytest

from agent.errors import InputError
from agent.settings import load_settings


def test_nested_variable_reaches_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCOBRIEF_EXPLAIN__BAGS", "7")
    assert load_settings().explain.bags == 7


@pytest.mark.parametrize(
    ("name", "value"),
    [("ONCOBRIEF_EXPLAIN__BAGZ", "7"), ("ONCOBRIEF_EXPLAN__BAGS", "7"), ("ONCOBRIEF_EXPLAIN__BAGS", "one")],
)
def test_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=name) as caught:
        load_settings()
    assert caught.value.exit_code == 2


def test_key_is_never_in_the_record_nor_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCOBRIEF_LLM__API_KEY", "sk-very-secret")
    settings = load_settings()
    assert "very-secret" not in str(settings.record())
    assert "very-secret" not in repr(settings)
    monkeypatch.setenv("ONCOBRIEF_LLM__API_KEYS", "sk-very-secret")
    with pytest.raises(InputError) as caught:
        load_settings()
    assert "very-secret" not in str(caught.value)


def test_endpoint_needs_both_address_and_model(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not load_settings().llm.configured
    monkeypatch.setenv("ONCOBRIEF_LLM__BASE_URL", "http://127.0.0.1:1/v1")
    assert not load_settings().llm.configured
    monkeypatch.setenv("ONCOBRIEF_LLM__MODEL", "tiny")
    assert load_settings().llm.configured


def test_every_field_is_described() -> None:
    from agent.settings import BriefSettings, ExplainSettings, LLMSettings, Settings

    for group in (Settings, ExplainSettings, BriefSettings, LLMSettings):
        for name, field in group.model_fields.items():
            assert field.description, f"{group.__name__}.{name} has no description"


def test_database_address_is_read_and_never_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().database_url is None
    monkeypatch.setenv("ONCOBRIEF_DATABASE_URL", "postgresql://ada:very-secret@127.0.0.1/review")
    settings = load_settings()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value().endswith("@127.0.0.1/review")
    assert "very-secret" not in f"{settings.record()} {settings!r} {settings.model_dump_json()}"
