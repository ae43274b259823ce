"""Logs that name their run, metrics of the queue, and the quick look at health."""

from __future__ import annotations

import io
import json
import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services import counters, health, metrics
from services.cli.__main__ import main
from services.cli.metrics import Exporter
from services.database import reset_database
from services.jobs import ledger, queue
from services.jobs.queue import RunKind, StepSpec
from services.jobs.worker import StepContext, Worker
from services.logs import formatter_of, log_context
from services.settings import get_settings

pytestmark = pytest.mark.usefixtures("home", "fresh_counters")


@pytest.fixture
def fresh_counters() -> Iterator[None]:
    counters.reset()
    yield
    counters.reset()


def submit(number: int = 0) -> str:
    return queue.submit(RunKind.LIBRARY, payload={"number": number}, steps=[StepSpec("ingest")])


def samples() -> dict[str, float]:
    """`name{label="value",...}` -> value, with the labels but the worker's."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        for sample in family.samples:
            labels = ",".join(v for k, v in sample.labels.items() if k not in ("worker", "host"))
            found[f"{sample.name}[{labels}]"] = sample.value
    return found


@contextmanager
def written(form: str) -> Iterator[io.StringIO]:
    """What is logged inside, in the given form."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter_of(form, "worker"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield stream
    finally:
        root.removeHandler(handler)


def test_a_line_names_its_run_and_step_in_both_forms() -> None:
    log = logging.getLogger("services.test")
    with written("json") as stream, log_context(run="ab12", step="plan", session=None):
        try:
            raise ValueError("no such thing")
        except ValueError:
            log.exception("it failed: %s", "왜")
    entry = json.loads(stream.getvalue())
    assert {k: entry[k] for k in ("run", "step", "level", "message", "process")} == {
        "run": "ab12",
        "step": "plan",
        "level": "error",
        "message": "it failed: 왜",
        "process": "worker",
    }
    assert "ValueError: no such thing" in entry["error"]
    assert "session" not in entry
    with written("text") as stream:
        log.warning("outside")
        with log_context(run="ab12"), log_context(step="plan"):
            log.warning("inside")
    outside, inside = stream.getvalue().splitlines()
    assert outside.endswith("WARNING services.test: outside")
    assert inside.endswith("WARNING services.test [run=ab12 step=plan]: inside")


def test_what_a_handler_logs_belongs_to_its_run() -> None:
    def ingest(_context: StepContext) -> None:
        logging.getLogger("services.test").warning("reading")

    with written("json") as stream:
        run_id = submit()
        Worker({"ingest": ingest}).run_until_idle()
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    [entry] = [entry for entry in told if entry["message"] == "reading"]
    assert (entry["run"], entry["step"], entry["attempt"]) == (run_id, "ingest", 1)


@pytest.mark.both_databases
def test_metrics_tell_of_the_queue_and_what_workers_counted() -> None:
    submit(1)
    submit(2)
    ledger.register("w", "host:/a.lock", 1, "host")
    counters.step("ingest", "done", 0.3)
    counters.step("ingest", "failed", 700.0)
    counters.cache("scores", True)
    counters.cache("scores", True)
    counters.cache("scores", False)
    ledger.beat("w", "ready", None, 15.0)

    found = samples()
    assert found["aim_studio_steps[ingest,queued]"] == 2
    assert found["aim_studio_runs[library,queued]"] == 2
    assert found["aim_studio_oldest_waiting_seconds[]"] >= 0
    assert found["aim_studio_workers[ready]"] == 1
    assert found["aim_studio_step_attempts_total[ingest,done]"] == 1
    assert found["aim_studio_step_attempts_total[ingest,failed]"] == 1
    buckets = {
        key.split(",")[-1][:-1]: value
        for key, value in found.items()
        if key.startswith("aim_studio_step_seconds_bucket")
    }
    assert (buckets["0.1"], buckets["0.5"], buckets["600.0"], buckets["+Inf"]) == (0, 1, 1, 2)
    assert found["aim_studio_step_seconds_sum[ingest]"] == pytest.approx(700.3)
    assert found["aim_studio_cache_requests_total[scores,hit]"] == 2
    assert found["aim_studio_cache_requests_total[scores,miss]"] == 1


def test_a_worker_counts_its_steps_by_how_they_ended() -> None:
    def ingest(context: StepContext) -> None:
        if context.run.payload["number"] == 2:
            raise RuntimeError("broken")

    submit(1)
    submit(2)
    Worker({"ingest": ingest}).run_until_idle()
    seen = counters.snapshot()["steps"]["ingest"]
    assert seen["outcomes"]["done"] == 1
    assert seen["outcomes"]["failed"] >= 1
    assert sum(seen["buckets"]) == sum(seen["outcomes"].values())


def test_healthy_and_not(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert all(sign.ok for sign in health.signs())
    assert main(["doctor", "--health"]) == 0
    submit()  # and nobody is there to take it: AIM_STUDIO_WORKER is none here
    assert {sign.name: sign.ok for sign in health.signs()} == {"database": True, "queue": False, "disk": True}
    assert main(["doctor", "--health"]) == 1
    assert "Start one: python -m services.jobs" in capsys.readouterr().out
    ledger.register("w", "slot", 1, "host")
    ledger.beat("w", "busy", None, 15.0)
    assert all(sign.ok for sign in health.signs())
    ledger.beat("w", "ready", None, 15.0)
    monkeypatch.setattr(health, "STUCK_SECONDS", -1.0)
    [wrong] = [sign for sign in health.signs() if not sign.ok]
    assert wrong.name == "queue"


def test_the_exporter_answers_and_says_when_the_database_does_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Exporter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        with urllib.request.urlopen(f"{base}/metrics", timeout=10) as answer:
            assert b"aim_studio_oldest_waiting_seconds 0.0" in answer.read()
        with urllib.request.urlopen(f"{base}/healthz", timeout=10) as answer:
            assert json.load(answer)["ok"] is True
        reset_database()
        monkeypatch.setenv("AIM_STUDIO_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
        get_settings.cache_clear()
        for path in ("metrics", "healthz"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{base}/{path}", timeout=20)
            assert refused.value.code == 503
        server.shutdown()


@pytest.mark.parametrize("address", ["everywhere", "127.0.0.1:", "1:99999"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    assert main(["metrics", "--serve", address]) == 2
