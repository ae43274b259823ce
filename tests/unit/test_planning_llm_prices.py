"""What tokens cost: by the table for OpenAI's own address, by the settings elsewhere, else unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.planning.llm_prices import PRICES, cost
from services.planning.llm_target import OPENAI_URL, Target, target
from services.settings import Settings

OPENAI = Target(OPENAI_URL, "gpt-6-luna", None, 1, 1, 0, 100)


def test_a_known_model_at_openai() -> None:
    assert cost(OPENAI, 1_000_000, 2_000_000) == pytest.approx(0.10 + 2 * 0.50)
    assert cost(replace(OPENAI, model="gpt-5.4-mini-2026-03-17"), 1_000_000, 0) == pytest.approx(0.75)


def test_no_price_is_guessed() -> None:
    assert cost(replace(OPENAI, model="gpt-7"), 10, 10) is None
    assert cost(replace(OPENAI, base_url="http://localhost:11434/v1"), 10, 10) is None


def test_the_settings_come_first() -> None:
    assert cost(replace(OPENAI, prices=(1.0, 3.0)), 1_000_000, 1_000_000) == pytest.approx(4.0)


def test_answers_cost_more_than_questions() -> None:
    assert all(0 < given < made for given, made in PRICES.values())


@pytest.mark.parametrize("pasted", ["https://h.example/v1/", " https://h.example/v1/chat/completions "])
def test_an_address_as_it_is_pasted(monkeypatch: pytest.MonkeyPatch, pasted: str) -> None:
    monkeypatch.setenv("AIM_STUDIO_LLM_BASE_URL", pasted)
    assert target(Settings()).base_url == "https://h.example/v1"


def test_the_host_is_shown_without_a_password() -> None:
    assert replace(OPENAI, base_url="http://me:secret@box:8000/v1").host == "box:8000"
