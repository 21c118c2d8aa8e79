"""Figures are drawn, carry the finding in the title, and leave matplotlib's global state alone."""

from __future__ import annotations

import numpy as np
import pytest

from explain_engine.engine import explain
from explain_engine.errors import InputError
from explain_engine.plot.beeswarm import beeswarm_plot, swarm_offsets
from explain_engine.plot.effects import effect_plot
from explain_engine.plot.nulls import null_plot
from explain_engine.plot.replication import replication_plot
from explain_engine.plot.stability import stability_plot
from explain_engine.plot.waterfall import waterfall_plot
from explain_engine.predict.trees import TreeSettings
from explain_engine.settings import ExplainSettings
from explain_engine.stability.records import NullReport
from explain_engine.stability.replicate import replicate
from explain_engine.stability.resample import Rankings
from explain_engine.synth import planted_cohort


@pytest.fixture(scope="module")
def cohort():
    return planted_cohort("A", 200, 460, 4, n_test=100, oracle_r2=0.9)


@pytest.fixture(scope="module")
def explained(cohort):
    settings = ExplainSettings(repeats=1, trees=TreeSettings(rounds=20, feature_fraction=0.2), draws=100, listed=30)
    return explain(cohort.dataset(), settings)


def title(figure):
    return figure.axes[0].get_title(loc="left")


def saved(figure, tmp_path):
    path = tmp_path / "figure.png"
    figure.savefig(path)
    return path.stat().st_size > 5000


def test_effect_plot_names_the_leading_gene(explained, tmp_path):
    bundle, arrays = explained
    figure = effect_plot(bundle, arrays)
    lead = next((g.gene for g in bundle.attribution.genes[:15] if g.direction != "mixed"), None)
    assert lead is None or lead in title(figure)
    assert saved(figure, tmp_path)


def test_beeswarm_has_a_dot_a_line_and_gene(explained, tmp_path):
    bundle, arrays = explained
    figure = beeswarm_plot(bundle, arrays, top=5)
    dots = sum(len(c.get_offsets()) for c in figure.axes[0].collections)
    assert dots == 5 * 200
    assert saved(figure, tmp_path)
    with pytest.raises(InputError):
        beeswarm_plot(bundle, {"genes": arrays["genes"]})


def test_swarm_offsets_stay_in_their_row():
    values = np.concatenate([np.zeros(300), np.linspace(0, 1, 50)])
    offsets = swarm_offsets(values, 1.0)
    assert np.abs(offsets).max() <= 1.0
    assert np.unique(offsets[:300]).size == 300


def test_waterfall_ends_at_the_prediction(explained, tmp_path):
    bundle, arrays = explained
    line = arrays["lines"].index[3]
    figure = waterfall_plot(bundle, arrays, line)
    ends = [patch.get_x() + patch.get_width() for patch in figure.axes[0].patches]
    prediction = arrays["lines"].loc[line, "prediction"]
    assert min(abs(end - prediction) for end in ends) < 1e-3
    assert saved(figure, tmp_path)
    with pytest.raises(InputError, match="NOLINE"):
        waterfall_plot(bundle, arrays, "NOLINE")


def test_null_stability_and_replication_figures(explained, cohort, tmp_path):
    bundle, arrays = explained
    null = NullReport(
        n_runs=20,
        scheme="s",
        statistic="t",
        observed=2.0,
        null_max=tuple(np.linspace(0, 1, 20)),
        n_reached=0,
        p=1 / 21,
        seed=0,
    )
    assert "0 of 20" in title(null_plot(bundle.drug, null))
    assert saved(null_plot(bundle.drug, null), tmp_path)
    rng = np.random.default_rng(0)
    base = rng.standard_normal(460)
    rankings = [Rankings(k, base + rng.standard_normal((4, 460)), np.zeros((4, 3))) for k in ("re-training", "other")]
    assert "top-50" in title(stability_plot(bundle.drug, rankings))
    assert saved(stability_plot(bundle.drug, rankings), tmp_path)
    figure = replication_plot(bundle, replicate(bundle, arrays["genes"], arrays["lines"].index, cohort.dataset("test")))
    assert "hold in simulated" in title(figure)
    assert saved(figure, tmp_path)


def test_no_pyplot_state_is_made(explained):
    import sys

    pyplot = sys.modules.get("matplotlib.pyplot")
    before = pyplot.get_fignums() if pyplot else []
    effect_plot(*explained)
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert (pyplot.get_fignums() if pyplot else []) == before
