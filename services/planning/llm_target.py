"""Which chat model plans, and where: the settings read into one value, or a sentence what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from services.errors import EngineUnavailable
from services.messages import N_
from services.settings import Settings, get_settings

OPENAI_URL = "https://api.openai.com/v1"
_PASTED = "/chat/completions"  # the whole address of a request, as documentation shows it


@dataclass(frozen=True, slots=True)
class Target:
    """An OpenAI-compatible chat API and a model there. `key` None: the server wants none."""

    base_url: str
    model: str
    key: SecretStr | None
    timeout: float
    budget: float
    retries: int
    max_tokens: int
    prices: tuple[float, float] | None = None

    @property
    def host(self) -> str:
        """Name and port for people: without a password that the address may hold."""
        parts = urlsplit(self.base_url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    @property
    def is_openai(self) -> bool:
        return urlsplit(self.base_url).hostname == urlsplit(OPENAI_URL).hostname


def target(settings: Settings | None = None) -> Target:
    """The chat model of the settings. Looks at nothing but them.

    Raises EngineUnavailable where neither key nor address is set, or one of them cannot be right.
    """
    settings = settings or get_settings()
    base_url = settings.llm_base_url.strip().rstrip("/").removesuffix(_PASTED) or OPENAI_URL
    check_address(base_url)
    own = urlsplit(base_url).hostname == urlsplit(OPENAI_URL).hostname
    key = _filled(settings.llm_api_key) or (_filled(settings.openai_api_key) if own else None)
    if own and key is None:
        raise EngineUnavailable(
            N_(
                "The chat model that plans is not set up. Set AIM_STUDIO_LLM_API_KEY to your key, or "
                "AIM_STUDIO_LLM_BASE_URL to the address of your own server, and start the studio again. "
                "Or choose the lite planner: it needs neither."
            )
        )
    return Target(
        base_url=base_url,
        model=settings.llm_model.strip(),
        key=key,
        timeout=settings.llm_timeout_seconds,
        budget=settings.llm_budget_seconds,
        retries=settings.llm_retries,
        max_tokens=settings.llm_max_tokens,
        prices=_prices(settings),
    )


def require() -> None:
    """Raise EngineUnavailable unless a chat model is set up. Nothing is sent: a page may call it."""
    target()


def check_address(base_url: str) -> None:
    """Raise EngineUnavailable for what is no web address."""
    try:
        parts = urlsplit(base_url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        fits = False
    if not fits:
        raise EngineUnavailable(
            N_(
                "AIM_STUDIO_LLM_BASE_URL is not a web address. It looks like https://api.openai.com/v1 or "
                "http://localhost:11434/v1."
            )
        )


def _filled(key: SecretStr | None) -> SecretStr | None:
    """The key without spaces around it; None when it is empty."""
    text = key.get_secret_value().strip() if key is not None else ""
    if not (text.isascii() and text.isprintable()):
        raise EngineUnavailable(
            N_("The key in AIM_STUDIO_LLM_API_KEY has characters that no key has. Copy it again.")
        )
    return SecretStr(text) if text else None


def _prices(settings: Settings) -> tuple[float, float] | None:
    if settings.llm_price_in is None and settings.llm_price_out is None:
        return None
    return settings.llm_price_in or 0.0, settings.llm_price_out or 0.0
