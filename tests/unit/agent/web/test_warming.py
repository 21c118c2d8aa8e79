"""Warming leaves off when the server ends, so that no thread outlives it inside a native library."""

import threading


def test_warming_leaves_off_at_the_next_step(make, monkeypatch):
    services, _ = make()
    stopping = threading.Event()
    steps = []

    def warming():
        for step in range(3):
            yield
            steps.append(step)
            stopping.set()

    monkeypatch.setattr(services.toolbox, "warming", warming)
    monkeypatch.setattr(services.chat, "warm", lambda: steps.append("chat"))
    services.warm(stopping)
    assert steps == [0] and not services.is_warm


def test_warming_goes_to_its_end_where_nobody_stops_it(make, monkeypatch):
    services, _ = make()
    steps = []
    monkeypatch.setattr(services.toolbox, "warming", lambda: iter([None, None]))
    monkeypatch.setattr(services.chat, "warm", lambda: steps.append("chat"))
    services.warm(threading.Event())
    assert steps == ["chat"] and services.is_warm
