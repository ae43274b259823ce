"""How many workers a cluster holds, what they claim, who lends, who is given up, what is refused. No Ray."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import pytest

from db.repositories.pool import PoolWorker, Stopping
from services.errors import InvalidInput
from services.jobs.supervisor import HUNG_SECONDS
from services.ray import config as pool_config
from services.ray import supervisor
from services.ray import watch as watching
from services.ray.config import NODE_HOME, PoolConfig, adopt, environment
from services.ray.loans import Loans
from services.ray.places import Claims, node_of, place_of, wanted_places
from services.ray.refusals import refuse_address, refuse_machines
from services.ray.watch import RESTART_SECONDS, Seen, Watch
from services.settings import Settings, get_settings

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def node(host: str = "a", alive: bool = True, **resources: float) -> dict[str, Any]:
    return {"Alive": alive, "NodeManagerHostname": host, "NodeManagerAddress": host, "Resources": resources}


def config(**changes: Any) -> PoolConfig:
    return PoolConfig("pool", {}, **changes)


# --- places ---


def test_every_gpu_gets_a_worker_that_claims_it_and_cores_none() -> None:
    nodes = [node("a", GPU=2, CPU=16), node("b", GPU=1, CPU=8), node("c", alive=False, GPU=8)]
    places = wanted_places(config(), nodes)
    assert list(places) == ["gpu-0", "gpu-1", "gpu-2"]
    assert places["gpu-0"].options() == {"num_cpus": 1, "num_gpus": 1.0, "resources": {}}


def test_without_gpus_cores_decide_and_one_worker_there_is() -> None:
    assert list(wanted_places(config(), [node(CPU=8), node(CPU=5)])) == [f"cpu-{n}" for n in range(6)]
    assert list(wanted_places(config(), [node(CPU=1)])) == ["cpu-0"]
    assert wanted_places(config(), [node(CPU=4)])["cpu-0"] == Claims(2.0)


def test_workers_beside_gpus_take_light_runs_alone() -> None:
    places = wanted_places(config(cpu_workers=1, gpus=0.5), [node(GPU=1, CPU=4)])
    assert {place: claim.light for place, claim in places.items()} == {
        "gpu-0": False,
        "gpu-1": False,
        "cpu-0": True,
    }


def test_a_database_in_a_file_keeps_workers_on_its_machine() -> None:
    places = wanted_places(config(host="a"), [node("b", CPU=8), node("a", CPU=4)])
    assert list(places) == ["cpu-0", "cpu-1"]
    assert places["cpu-0"].resources == {"node:a": 0.001}


def test_a_slot_tells_its_place_and_its_node() -> None:
    slot = "host:/home/locks/ray-gpu-12-0af3bc99.lock"
    assert (place_of(slot), node_of(slot)) == ("gpu-12", "0af3bc99")
    assert place_of("host:/home/locks/worker.lock") is None
    assert place_of("host:/home/locks/ray-0af3bc99-downloads.lock") is None


# --- loans ---


def test_idle_places_of_the_same_kind_are_lent_and_one_of_three_stays() -> None:
    places = ["cpu-0", "gpu-0", "gpu-1", "gpu-2", "gpu-3"]
    loans = Loans()
    assert loans.pick("gpu-0", ["gpu-1", "gpu-2", "gpu-3", "cpu-0"], places, 9) == ["gpu-3", "gpu-2"]
    assert loans.pick("gpu-0", ["gpu-1"], ["gpu-0", "gpu-1"], 9) == ["gpu-1"]
    assert loans.pick("gpu-0", [], places, 9) == []


def test_a_loan_ends_with_its_borrower_s_step() -> None:
    loans = Loans()
    loans.make("gpu-0", ["gpu-1"])
    loans.end_all_but({"gpu-0"})
    assert loans.out("gpu-1")
    loans.end_all_but(set())
    assert not loans.out("gpu-1")


def test_a_place_lent_since_the_last_look_is_not_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = Mock()
    ray.nodes.return_value = [node(CPU=4)]
    ray.get_actor.side_effect = ValueError("no such actor")
    made: list[str] = []
    monkeypatch.setattr(supervisor, "the_ray", lambda: ray)
    monkeypatch.setattr(supervisor, "log_to_file", lambda name: None)
    monkeypatch.setattr(pool_config, "adopt", lambda config: None)
    monkeypatch.setattr(supervisor.Supervisor, "_run", lambda self: None)
    monkeypatch.setattr(supervisor.Supervisor, "_create", lambda self, place, claim: made.append(place))
    pool = supervisor.Supervisor(config())
    monkeypatch.setattr(supervisor, "look", lambda: Seen([], (), 0))
    pool._round()
    assert made == ["cpu-0", "cpu-1"]
    monkeypatch.setattr(supervisor, "look", lambda: seen())  # cpu-0 is at a step now, which borrows cpu-1
    pool._loans.make("cpu-0", ["cpu-1"])
    pool._filled_at = float("-inf")
    made.clear()
    pool._round()
    assert made == ["cpu-0"]


# --- who is given up ---


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    time = [100.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: time[0])
    return time


def seen(beat: datetime = NOW, *stopping: Stopping) -> Seen:
    slot = "host:/home/locks/ray-cpu-0-0af3bc99.lock"
    worker = PoolWorker("w1", slot, "host", 1, "busy", beat, True, "run", "generate")
    return Seen([worker], stopping, queued=0)


def test_a_worker_without_a_beat_is_given_up_once_a_while(clock: list[float]) -> None:
    watch = Watch(30.0)
    watch.note(seen())
    clock[0] += HUNG_SECONDS + 1
    watch.note(seen())
    assert watch.hung() == {"cpu-0"}
    assert watch.hung() == set()


def test_a_worker_that_beats_is_not_given_up_nor_one_whose_database_was_away(clock: list[float]) -> None:
    watch = Watch(30.0)
    watch.note(seen())
    clock[0] += HUNG_SECONDS + 1
    watch.note(seen(NOW + timedelta(seconds=60)))
    assert watch.hung() == set()
    watch.forget()
    clock[0] += HUNG_SECONDS + 1
    watch.note(seen(NOW + timedelta(seconds=60)))
    assert watch.hung() == set()


def test_who_does_not_heed_a_cancel_is_given_up_after_its_grace(clock: list[float]) -> None:
    watch, asked = Watch(30.0), seen(NOW, Stopping(7, 1, "w1"))
    watch.note(asked)
    clock[0] += 29
    watch.note(asked)
    assert watch.heedless(asked) == set()
    clock[0] += 2
    watch.note(asked)
    assert watch.heedless(asked) == {"cpu-0"}
    clock[0] += RESTART_SECONDS  # it starts anew: killing it again would only take longer
    watch.note(asked)
    assert watch.heedless(asked) == set()


# --- refusals and settings ---


def test_sqlite_is_refused_elsewhere_and_here_without_a_word(tmp_path: Path) -> None:
    sqlite = Settings(home=tmp_path, database_url="")
    with pytest.raises(InvalidInput, match="cannot reach it"):
        refuse_address(sqlite, "10.1.2.3:6379", single_machine=True)
    with pytest.raises(InvalidInput, match="--single-machine"):
        refuse_address(sqlite, "127.0.0.1:6379", single_machine=False)
    refuse_address(sqlite, "127.0.0.1:6379", single_machine=True)
    refuse_address(Settings(home=tmp_path, database_url="postgresql://x/y"), "10.1.2.3:6379", False)


def test_a_home_on_one_machine_is_refused_to_several(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://x/y", store_url="")
    nodes = [node(socket.gethostname()), node("another")]
    with pytest.raises(InvalidInput, match="2 machines"):
        refuse_machines(settings, nodes, shared_home=False)
    refuse_machines(settings, nodes, shared_home=True)
    refuse_machines(settings, nodes[:1], shared_home=False)
    bucket = Settings(home=tmp_path, database_url="postgresql://x/y", store_url="s3://pictures/team")
    with pytest.raises(InvalidInput, match="--shared-home"):  # uploads and exports are files all the same
        refuse_machines(bucket, nodes, shared_home=False)


@pytest.fixture
def same_environment(home: Path) -> Iterator[None]:
    with patch.dict(os.environ):
        yield


@pytest.mark.usefixtures("same_environment")
def test_an_actor_takes_on_the_studio_s_settings_and_no_others(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIM_STUDIO_WORKER_LEASE_SECONDS", "4")
    monkeypatch.setenv("AIM_STUDIO_WORKER", "ray")
    told = PoolConfig("pool", environment())
    monkeypatch.setenv("AIM_STUDIO_SCORER", "full")  # of the machine that Ray was started on
    monkeypatch.setenv("AIM_STUDIO_WORKER_IDLE_MINUTES", "1")
    adopt(told, "cpu")
    settings = get_settings()
    assert (settings.home, settings.worker_lease_seconds, settings.scorer) == (home, 4.0, "")
    assert (settings.worker, settings.worker_idle_minutes, settings.device) == ("none", 0.0, "cpu")
    monkeypatch.setenv(NODE_HOME, str(tmp_path / "node"))
    adopt(told)
    assert get_settings().home == tmp_path / "node"
