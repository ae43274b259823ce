"""Kept figures are the figures: after whatever happens, they equal what the raw rows say."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select, text, update

from db import tables
from db.base import now
from db.triggers import trigger_names
from services import campaigns, sessions
from services.campaign_figures import histogram
from services.campaign_figures.fresh import refresh, repair
from services.campaign_figures.load import FigureFilter, load_best, load_points, load_report, load_sessions
from services.campaign_figures.settle import unsettled
from services.campaign_figures.views import Headline, Report
from services.database import read_session, reset_database, unit_of_work
from services.domain import AimWeights, Strategy
from services.sessions import SessionKind
from tests.builders import a_brief, a_recipe, a_score, sha

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("home")]

FIGURES = (
    tables.SessionFigures,
    tables.SessionScores,
    tables.PeriodFigures,
    tables.PeriodScores,
    tables.ScorePoint,
)


# --- what the raw rows say -----------------------------------------------------------------------


def raw(wanted: FigureFilter) -> list[dict[str, Any]]:
    """The sessions that fit with all their rows, read without any kept figure."""
    with read_session() as session:
        found = []
        for row in session.scalars(select(tables.Session)):
            day = row.created_at.astimezone(dt.UTC).date()
            strategy = "evaluated" if row.kind == "evaluate" else row.strategy
            fits = (
                wanted.campaign_id in ("", row.campaign_id)
                and wanted.status in ("", row.status)
                and wanted.strategy in ("", strategy)
                and wanted.engine in ("", row.engine)
                and wanted.person in ("", row.created_by or "")
                and (wanted.since is None or day >= wanted.since)
                and (wanted.until is None or day <= wanted.until)
            )
            if fits:
                variants = session.scalars(
                    select(tables.Variant).where(tables.Variant.session_id == row.id)
                ).all()
                scores = {v.id: v.score for v in variants}
                spend = session.scalars(select(tables.Spend).where(tables.Spend.session_id == row.id)).all()
                found.append({"row": row, "strategy": strategy, "day": day, "variants": variants,
                              "scores": scores, "spend": spend})  # fmt: skip
        return found


def told_headline(found: list[dict[str, Any]]) -> Headline:
    variants = [(each["row"], v) for each in found for v in each["variants"]]
    spend = [s for each in found for s in each["spend"]]
    approved = 0
    for each in (e for e in found if e["row"].status == "approved"):
        short = sum(v.shortlisted for v in each["variants"])
        approved += short or sum(v.decision == "picked" for v in each["variants"])
    return Headline(
        sessions=len(found),
        approved_sessions=sum(each["row"].status == "approved" for each in found),
        variants=len(variants),
        scored=sum(v.score is not None and v.score.final is not None for _row, v in variants),
        picked=sum(v.shortlisted or v.decision == "picked" for _row, v in variants),
        shortlisted=sum(v.shortlisted for _row, v in variants),
        approved=approved,
        tokens_in=sum(s.tokens_in for s in spend),
        tokens_out=sum(s.tokens_out for s in spend),
        cost=pytest.approx(sum(s.cost or 0.0 for s in spend)),
        unpriced=sum(s.calls > 0 and s.cost is None for s in spend),
        seconds=pytest.approx(sum(s.seconds for s in spend if not s.calls)),
    )


def told_finals(found: list[dict[str, Any]]) -> dict[tuple[Any, ...], list[tuple[float, int, str, dt.date]]]:
    """(scorer, weights) -> (final, variant, strategy, day) of each scored variant."""
    finals: dict[tuple[Any, ...], list[tuple[float, int, str, dt.date]]] = {}
    for each in found:
        for variant, score in each["scores"].items():
            if score is not None and score.final is not None:
                key = (score.scorer, AimWeights(**score.weights))
                finals.setdefault(key, []).append((score.final, variant, each["strategy"], each["day"]))
    return finals


def agree(wanted: FigureFilter) -> Report:
    found = raw(wanted)
    report = load_report(wanted)
    assert report.headline == told_headline(found)
    finals = told_finals(found)
    assert {(s.scorer, s.weights): s.count for s in report.scales} == {k: len(v) for k, v in finals.items()}
    for scale in report.scales:
        same_scores(load_report(wanted, scale.id), finals[scale.scorer, scale.weights])
        told = sorted(finals[scale.scorer, scale.weights], key=lambda f: (-f[0], f[1]))
        points = load_points(wanted, scale.id)
        assert sorted((-p.final, p.variant_id) for p in points) == [(-f[0], f[1]) for f in told]
        assert [p.final for p in load_best(wanted, scale.id)] == [f[0] for f in told][:6]
        kinds, held = load_sessions(wanted, scale.id)
        assert sum(kind.count for kind in kinds) == len(held) == len(told)
    return report


def same_scores(report: Report, told: list[tuple[float, int, str, dt.date]]) -> None:
    by_strategy = {kind.key: kind for kind in report.by_strategy}
    assert {kind: held.count for kind, held in by_strategy.items()} == {
        strategy: sum(f[2] == strategy for f in told) for strategy in {f[2] for f in told}
    }
    for strategy, kind in by_strategy.items():
        counts = histogram.count({"final": [f[0] for f in told if f[2] == strategy]})
        assert np.array_equal(kind.counts[0], counts[0])
    assert sum(p.count for p in report.trend.points) == len(told)
    if told:
        assert max(p.best for p in report.trend.points) == max(f[0] for f in told)


def dump(table: type[Any]) -> list[dict[str, Any]]:
    with read_session() as session:
        rows = [dict(row._mapping) for row in session.execute(select(table.__table__))]
    return sorted(rows, key=lambda row: str({k: v for k, v in row.items() if k != "histogram"}))


def rounded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sums of floats depend on their order in the last digits."""
    return [{k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()} for row in rows]


# --- what may happen -----------------------------------------------------------------------------


class Chance:
    """Random work, through the services and behind their backs."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.step = 0

    def any_of(self, table: type[Any]) -> Any:
        with read_session() as session:
            order = {tables.Session: tables.Session.topic, tables.Campaign: tables.Campaign.name}
            ids = session.scalars(select(table.id).order_by(order.get(table, table.id))).all()
        return self.random.choice(ids) if ids else None

    def make(self) -> None:
        kind = self.random.choice([SessionKind.STUDIO, SessionKind.STUDIO, SessionKind.EVALUATE])
        brief = a_brief(strategy=self.random.choice(list(Strategy)), topic=f"Topic {self.step}")
        engine = "lite" if kind is SessionKind.EVALUATE else self.random.choice(["lite", "full"])
        made = sessions.create(brief, self.random.choice("ABC"), engine=engine, kind=kind)
        age = dt.timedelta(days=self.random.choice([0, 1, 8, 40, 41, 300]))
        with unit_of_work() as work:
            work.session.execute(
                update(tables.Session).where(tables.Session.id == made).values(created_at=now() - age)
            )
            work.commit()
        for place in range(self.random.randrange(5)):
            key = sha(f"{made} {place}")
            sessions.save_variant(made, None, place, a_recipe(place), key, 8, 8)

    def score(self) -> None:
        if (session_id := self.any_of(tables.Session)) is None:
            return
        view = sessions.load(session_id)
        scorer = self.random.choice(["one", "two"])
        finals = [self.random.choice([None, self.random.uniform(0, 100)]) for _ in view.variants]
        scores = {v.id: a_score(f, scorer) for v, f in zip(view.variants, finals, strict=True)}
        kept = dict(list(scores.items())[: self.random.randrange(1, 6)])
        sessions.save_scores(session_id, kept, "t", "p", None)

    def mark(self) -> None:
        if (variant := self.any_of(tables.Variant)) is None:
            return
        values = self.random.choice([{"decision": "picked"}, {"decision": None}, {"decision": "rejected"},
                                     {"shortlisted": True}, {"shortlisted": False}])  # fmt: skip
        self.write(update(tables.Variant).where(tables.Variant.id == variant).values(**values))

    def status(self) -> None:
        values = {"status": self.random.choice(["draft", "review", "approved", "rejected"])}
        self.write(
            update(tables.Session).where(tables.Session.id == self.any_of(tables.Session)).values(**values)
        )

    def move(self) -> None:
        target = campaigns.get_or_create(self.random.choice("ABC"))
        chosen = tables.Session.id == self.any_of(tables.Session)
        self.write(update(tables.Session).where(chosen).values(campaign_id=target))

    def spend(self) -> None:
        if (session_id := self.any_of(tables.Session)) is None:
            return
        row = self.random.choice([
            {"seconds": 1.5},
            {"model_id": "llm", "tokens_in": 10, "tokens_out": 3, "cost": 0.1, "calls": 1, "seconds": 9.0},
            {"model_id": "llm", "tokens_in": 7, "calls": 2},
        ])  # fmt: skip
        with unit_of_work() as work:
            work.session.add(tables.Spend(session_id=session_id, step="plan", **row))
            work.commit()

    def weigh(self) -> None:
        campaign = self.any_of(tables.Campaign)
        if campaign is not None:
            shares = self.random.choice([AimWeights(0.1, 0.1, 0.8), AimWeights(1.0, 0.0, 0.0), None])
            campaigns.set_weights(campaign, shares)

    def remove(self) -> None:
        table = self.random.choice([tables.Session, tables.Variant, tables.Score])
        self.write(delete(table).where(table.id == self.any_of(table)))

    def abandon(self) -> None:
        """A change that is not committed leaves no trace."""
        with unit_of_work() as work:
            work.session.execute(delete(tables.Session))

    def write(self, statement: Any) -> None:
        with unit_of_work() as work:
            work.session.execute(statement)
            work.commit()

    def work(self, steps: int) -> None:
        kinds: list[Callable[[], None]] = [
            self.make, self.make, self.score, self.score, self.mark, self.status, self.move, self.spend,
            self.weigh, self.remove, self.abandon,
        ]  # fmt: skip
        for _ in range(steps):
            self.step += 1
            self.random.choice(kinds)()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_are_those_of_the_raw_rows_after_whatever_happened(seed: int) -> None:
    chance = Chance(seed)
    today, scored_once = dt.datetime.now(dt.UTC).date(), 0
    for _ in range(3):
        chance.work(20)
        some = campaigns.get_or_create("A")
        scored_once += agree(FigureFilter()).headline.scored
        agree(FigureFilter(some))
        agree(FigureFilter(some, status="approved", since=today - dt.timedelta(days=41)))
        agree(FigureFilter(strategy="filtered", engine="lite", until=today - dt.timedelta(days=2)))
        agree(FigureFilter(some, person="local", since=today - dt.timedelta(days=8), until=today))
    assert scored_once  # it was about something
    before = {table: rounded(dump(table)) for table in FIGURES}
    repair()
    for table, rows in before.items():
        assert rounded(dump(table)) == rows, table.__tablename__


def scored(campaign: str = "A", finals: tuple[float, ...] = (50.0, 60.0)) -> str:
    session_id = sessions.create(a_brief(), campaign)
    scores = {}
    for place, final in enumerate(finals):
        key = sha(f"{session_id} {place}")
        variant = sessions.save_variant(session_id, None, place, a_recipe(place), key, 8, 8)
        scores[variant] = a_score(final)
    sessions.save_scores(session_id, scores, "t", "p", None)
    return session_id


def test_nothing_is_lost_between_writers_and_readers() -> None:
    """A reader makes figures while others write: what it does not see yet stays noted."""
    ids = [scored() for _ in range(4)]
    going = threading.Event()

    def read() -> None:
        while not going.is_set():
            load_report(FigureFilter())

    def write(session_id: str) -> None:
        for place in range(12):
            status = "approved" if place % 2 else "review"
            with unit_of_work() as work:
                mine = tables.Session.id == session_id
                work.session.execute(update(tables.Session).where(mine).values(status=status))
                work.session.add(tables.Spend(session_id=session_id, step="score", seconds=1.0))
                work.commit()

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(each,)) for each in ids]
    for thread in [*readers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    going.set()
    for thread in readers:
        thread.join()
    report = agree(FigureFilter())
    assert (report.headline.approved_sessions, report.headline.seconds) == (4, 48.0)


def test_nothing_is_nothing() -> None:
    assert load_report(FigureFilter()) == load_report(FigureFilter("nosuch"))
    assert load_report(FigureFilter()).headline == Headline()


def test_repair_mends_whatever_is_wrong() -> None:
    scored()
    refresh()
    with unit_of_work() as work:
        work.session.execute(delete(tables.SessionScores))
        work.session.execute(update(tables.PeriodFigures).values(variants=99))
        work.session.execute(update(tables.SessionFigures).values(session_id="gone"))
        work.commit()
    assert load_report(FigureFilter()).headline.variants == 99
    assert repair() == 2
    agree(FigureFilter())


def test_what_others_wrote_past_the_studio_counts() -> None:
    session_id = scored()
    with read_session() as session:
        engine = session.get_bind()
        url = engine.engine.url
    reset_database()
    from db.engine import open_engines

    engines = open_engines(url)
    with engines.write.begin() as connection:
        connection.execute(text("UPDATE sessions SET status = 'approved'"))
    engines.dispose()
    report = agree(FigureFilter())
    assert report.headline.approved_sessions == 1
    with read_session() as session:
        assert not unsettled(session)
        assert session.get(tables.SessionFigures, session_id) is not None


def test_every_trigger_is_in_place(backend: str) -> None:
    with read_session() as session:
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if backend == "postgresql":
            names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        assert trigger_names() <= set(session.scalars(text(names)))


def test_a_sample_is_fair_and_says_what_it_leaves_out() -> None:
    for _ in range(4):
        scored(finals=tuple(float(n) for n in range(60)))
    report = load_report(FigureFilter())
    assert report.scale is not None
    points = load_points(FigureFilter(), report.scale.id, limit=100)
    assert len(points) == 100
    assert report.scale.count == 240
    assert 20 < float(np.mean([p.final for p in points])) < 40


def test_other_weights_are_another_scale() -> None:
    first, second = scored(), scored()
    sessions.set_weights(second, AimWeights(1.0, 0.0, 0.0))
    report = agree(FigureFilter())
    assert {scale.weights for scale in report.scales} == {AimWeights(), AimWeights(1.0, 0.0, 0.0)}
    assert first != second
