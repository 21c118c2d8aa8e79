"""A brief over the made-up example, and a review service over an open database."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from agent.examples import ExampleEvidence, example_bundle, example_tables
from agent.pipeline import Tables, write_hypotheses
from agent.report.model import HypothesisBrief
from agent.review.service import ReviewService
from agent.settings import BriefSettings


@pytest.fixture(scope="session")
def brief() -> HypothesisBrief:
    made = example_tables()
    tables = Tables(genes=made["genes"], lines=made["lines"], expression=made["expression"])
    return write_hypotheses(example_bundle(), tables, ExampleEvidence(), BriefSettings())


@pytest.fixture
def service(engine: Engine) -> ReviewService:
    """On SQLite and on PostgreSQL."""
    return ReviewService(engine)


@pytest.fixture
def sqlite_service(sqlite_engine: Engine) -> ReviewService:
    return ReviewService(sqlite_engine)
