"""What a chat model's tokens cost, in US dollars per million. The one table of prices.

List prices of OpenAI's API for standard requests, without discounts for cached input or batches: a cost
worked out here is at most what is billed. Read in November 2026 from developers.openai.com (pages of the
models) and from articles that quote its price list. Prices change: AIM_STUDIO_LLM_PRICE_IN and _OUT come
before this table. A model that is not here, or the same name at another service, has no known price.
"""

from __future__ import annotations

import re

from services.planning.llm_target import Target

PRICES_READ = "2026-11"

PRICES: dict[str, tuple[float, float]] = {
    # model: (input, output)
    "gpt-6-luna": (0.10, 0.50),
    "gpt-6-sol": (2.00, 10.00),
    "gpt-6.1-sol": (2.00, 10.00),
    "gpt-6-astra": (10.00, 50.00),
    "gpt-5.6-luna": (0.20, 1.20),
    "gpt-5.6-terra": (2.00, 12.00),
    "gpt-5.6-sol": (4.00, 20.00),
    "gpt-5.5": (5.00, 30.00),
    "gpt-5.4": (2.50, 15.00),
    "gpt-5.4-mini": (0.75, 4.50),
    "gpt-5.4-nano": (0.20, 1.25),
    "gpt-5.2": (1.75, 14.00),
    "gpt-4.1": (2.00, 8.00),
    "gpt-4o-mini": (0.15, 0.60),
}

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def cost(where: Target, tokens_in: int, tokens_out: int) -> float | None:
    """US dollars for the tokens of `where`'s model; None when no price is known."""
    prices = where.prices
    if prices is None and where.is_openai:
        prices = PRICES.get(_DATED.sub("", where.model))
    return None if prices is None else (tokens_in * prices[0] + tokens_out * prices[1]) / 1_000_000
