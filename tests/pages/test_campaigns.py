"""The Campaigns page: nothing, one session, many; filters, scorers apart, data to take along, weights."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services import campaigns, sessions
from services.campaign_figures import tables
from services.campaign_figures.load import FigureFilter, load_report
from services.campaign_figures.views import Scale
from services.domain import AimWeights
from services.people import Person, Role, act_as
from tests.pages import campaign_seeds, seeds
from tests.pages.conftest import Open, words

CAMPAIGNS = "pages/campaigns.py"


def charts(app: AppTest) -> dict[str, dict[str, Any]]:
    """Part of a chart's key -> its figure."""
    return {
        chart.proto.id.rsplit("-", 1)[-1]: json.loads(chart.proto.spec) for chart in app.get("plotly_chart")
    }


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_nothing_invites(open_page: Open, lang: str) -> None:
    app = open_page(CAMPAIGNS, lang=lang)
    assert not app.exception
    assert not app.error
    assert ("아직 보여 드릴 것이 없습니다" if lang == "ko" else "Nothing to tell yet") in [
        s.value for s in app.subheader
    ]
    assert not app.get("plotly_chart")


def test_one_session_without_scores_has_a_funnel(open_page: Open) -> None:
    seeds.session(upto="references")
    app = open_page(CAMPAIGNS)
    assert not app.exception
    assert "No variant is scored yet" in words(app)
    assert figures(app)["Sessions"] == "1"
    assert list(charts(app)) == ["funnel"]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("by", ["strategy", "engine", "session"])
def test_hundreds_in_every_grouping(open_page: Open, lang: str, by: str) -> None:
    campaign_seeds.campaign("Autumn", 40, 8, full=0.3)
    app = open_page(CAMPAIGNS, lang=lang, by=by, shape="box")
    assert not app.exception
    assert not app.error
    shown = charts(app)
    assert {"trend", "funnel"} <= set(shown)
    boxes = [
        t for name, c in shown.items() if name.startswith("spread") for t in c["data"] if t["type"] == "box"
    ]
    if by == "engine":  # one chart for each scorer, each with an axis of its own
        assert sorted(name for name in shown if name.startswith("spread")) == [
            "spread_engine_1",
            "spread_engine_2",
        ]
        assert len(boxes) == 2
    else:
        assert len(boxes) == (4 if by == "strategy" else 24)


def test_points_carry_their_variant_and_only_one_scorers(open_page: Open) -> None:
    campaign_seeds.campaign("Autumn", 12, 6, full=0.5)
    report = load_report(FigureFilter())
    assert len(report.scales) == 2
    for scale in report.scales:
        shown = charts(open_page(CAMPAIGNS, scale=str(scale.id)))
        places = [p for t in shown["spread_strategy"]["data"] for p in t.get("customdata", [])]
        assert len(places) == scale.count
        for variant, session_id, kind in places:
            assert sessions.session_of(variant) == session_id
            assert kind == "studio"
        found = {v.score.scorer for _v, s, _k in places for v in sessions.load(s).variants if v.score}
        assert found == {scale.scorer}


def test_filters_live_in_the_address(open_page: Open) -> None:
    autumn = campaign_seeds.campaign("Autumn", 20, 4, days=100)
    campaign_seeds.campaign("Spring", 3, 4, days=5, seed=2)
    assert figures(open_page(CAMPAIGNS))["Sessions"] == "23"
    app = open_page(CAMPAIGNS, campaign=autumn)
    assert figures(app)["Sessions"] == "20"
    assert "Autumn" in [h.value for h in app.header]
    recent = open_page(CAMPAIGNS, campaign=autumn, days="30")
    assert 4 <= int(figures(recent)["Sessions"]) <= 7
    strategy = open_page(CAMPAIGNS, campaign=autumn, strategy="filtered", status="approved")
    approved = sessions.search(campaign_id=autumn, status="approved", per_page=50).cards
    kept = [c for c in approved if sessions.load(c.id).brief.strategy == "filtered"]
    assert int(figures(strategy).get("Sessions", 0)) == len(kept)
    box = next(b for b in app.selectbox if b.label == "State")
    app = box.set_value("approved").run()
    assert app.query_params["status"] in ("approved", ["approved"])
    assert int(figures(app)["Sessions"]) == len(approved)


def test_what_fits_nothing_can_be_taken_back(open_page: Open) -> None:
    seeds.session()
    app = open_page(CAMPAIGNS, status="rejected")
    assert "No session fits" in [s.value for s in app.subheader]
    app = next(b for b in app.button if b.label == "Clear the filters").click().run()
    assert figures(app)["Sessions"] == "1"
    custom = open_page(CAMPAIGNS, **{"days": "custom", "from": "2020-01-01", "to": "2020-02-01"})
    assert "No session fits" in [s.value for s in custom.subheader]
    assert not open_page(
        CAMPAIGNS, **{"days": "custom", "from": "nonsense", "scale": "x", "by": "?"}
    ).exception


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def the_scale() -> Scale:
    scale = load_report(FigureFilter()).scale
    assert scale is not None
    return scale


def test_files_hold_exact_numbers_and_no_formulas(open_page: Open) -> None:
    session_id = seeds.session("=cmd|' /C calc'!A0", campaign="@SUM(1)")
    table = rows(tables.points_csv(FigureFilter(), the_scale()))
    assert [float(row["final"]) for row in table] == [90.0, 83.0, 76.0, 69.0]
    assert {row["topic"] for row in table} == {"'=cmd|' /C calc'!A0"}
    assert {row["campaign"] for row in table} == {"'@SUM(1)"}
    assert {row["session"] for row in table} == {session_id}
    assert [float(row["clip_norm"]) for row in table] == [0.9, 0.83, 0.76, 0.69]
    funnel = {
        row["step"]: int(row["variants"])
        for row in rows(tables.funnel_csv(load_report(FigureFilter()).headline))
    }
    assert funnel == {"generated": 4, "scored": 4, "picked": 0, "shortlisted": 0, "approved": 0}
    [row] = rows(tables.sessions_csv(FigureFilter()))
    assert (row["variants"], row["topic"][0]) == ("4", "'")


def test_the_trends_file_is_the_trend(open_page: Open) -> None:
    campaign_seeds.campaign("Autumn", 20, 4, days=40)
    report = load_report(FigureFilter())
    table = rows(tables.trend_csv(report))
    shown = charts(open_page(CAMPAIGNS))["trend"]["data"]
    assert [float(row["best"]) for row in table] == shown[2]["y"] == [p.best for p in report.trend.points]
    assert [float(row["median"]) for row in table] == shown[1]["y"]
    assert sum(int(row["scored_variants"]) for row in table) == 80
    assert [place[0] for place in shown[2]["customdata"]] == [int(row["best_variant"]) for row in table]


def test_weights_are_changed_beside_the_default(open_page: Open) -> None:
    session_id = seeds.session(campaign="Autumn")
    campaign = campaigns.get_or_create("Autumn")
    app = open_page(CAMPAIGNS, campaign=campaign)
    for label, value in (("Matches text", 100.0), ("Shows topic", 100.0), ("Looks like reference", 0.0)):
        next(f for f in app.number_input if f.label == label).set_value(value)
    app = next(b for b in app.button if b.label == "Apply to every score").click().run()
    assert not app.exception
    assert "4 variants scored anew" in words(app)
    assert "| Matches text | **50%** | 20% |" in words(app)
    assert campaigns.aim_weights(campaign) == AimWeights(0.5, 0.0, 0.5)
    scores = [v.score for v in sessions.load(session_id).variants]
    assert {s.weights for s in scores if s} == {AimWeights(0.5, 0.0, 0.5)}
    app = next(b for b in app.button if b.label == "Back to the default").click().run()
    assert campaigns.aim_weights(campaign) == AimWeights()


def test_a_campaign_is_made_and_renamed(open_page: Open) -> None:
    app = open_page(CAMPAIGNS)
    next(f for f in app.text_input if f.label == "Name").set_value("Winter coats")
    next(b for b in app.button if b.label == "Create").click().run()
    [(campaign, name)] = campaigns.names().items()
    assert name == "Winter coats"
    app = open_page(CAMPAIGNS, campaign=campaign)
    assert "Winter coats" in [h.value for h in app.header]
    next(f for f in app.text_input if f.value == "Winter coats").set_value("Coats")
    app = next(b for b in app.button if b.label == "Save the name").click().run()
    assert "Coats" in [h.value for h in app.header]
    next(f for f in app.text_input if f.label == "Name" and not f.value).set_value("Coats")
    app = next(b for b in app.button if b.label == "Create").click().run()
    assert "There is a campaign called Coats already" in words(app)


def test_who_only_looks_changes_nothing(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds.session(campaign="Autumn")
    campaign = campaigns.get_or_create("Autumn")
    monkeypatch.setattr("ui.campaign_manage.refusal", lambda role: "no" if role is not Role.VIEWER else "")
    app = open_page(CAMPAIGNS, campaign=campaign)
    disabled = {b.label for b in app.main.button if b.disabled}
    assert {"Apply to every score", "Back to the default"} <= disabled
    closed = [p.proto.popover.label for p in app.get("popover") if p.proto.popover.disabled]
    assert {"New campaign", "Rename"} <= set(closed)
    with act_as(Person("v", "Vic", Role.VIEWER)):
        assert load_report(FigureFilter(campaign)).headline.sessions == 1


def test_overview_leads_to_the_campaign(open_page: Open) -> None:
    seeds.session(campaign="Autumn")
    links = [link.proto for link in open_page().get("page_link")]
    assert any(link.page.endswith("campaigns") and "Autumn" in link.label for link in links)
