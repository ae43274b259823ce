"""Typed settings: from the environment, then an optional `.env` file, then what the Settings page stored.

Every name has the prefix `AIM_STUDIO_`: `AIM_STUDIO_HOME=/srv/studio`. Secrets are `SecretStr` and
print as stars.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from services import settings_store
from services.choices import ENGINES, KNOWN_PARTS, EngineChoice, compose
from services.limits import VARIANTS_PER_RUN

REPOSITORY = Path(__file__).resolve().parent.parent
PREFIX = "AIM_STUDIO_"


class _StoredSource(PydanticBaseSettingsSource):
    """What the Settings page stored in the home that the environment names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        home = self.current_state.get("home") or self.settings_cls.model_fields["home"].default
        stored = settings_store.read(Path(home))
        used = {name: value for name, value in stored.items() if name in self.settings_cls.model_fields}
        if "engine" in self.current_state:  # a preset of the environment is not changed part by part
            used = {name: value for name, value in used.items() if name not in KNOWN_PARTS}
        return {**used, "stored": stored}


class Settings(BaseSettings):
    """Where data lives and which engine runs. Fields are the environment names in lower case."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=REPOSITORY / ".env", extra="ignore", frozen=True
    )

    home: Path = Field(
        default=REPOSITORY / "data", description="database, images, indexes, logs; ignored by git"
    )
    database_url: str = Field(default="", description="empty: SQLite in home")
    store_url: str = Field(default="", description="empty: images in home; a folder, or s3://bucket/prefix")
    store_endpoint: str = Field(
        default="",
        validation_alias=AliasChoices("AIM_STUDIO_STORE_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        description="images on S3: address of a server other than Amazon's",
    )
    store_access_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("AIM_STUDIO_STORE_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
        description="images on S3: empty: found as AWS's own tools find one; never shown",
    )
    store_secret_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("AIM_STUDIO_STORE_SECRET_KEY", "AWS_SECRET_ACCESS_KEY"),
        description="images on S3: the key's secret; never shown",
    )
    store_cache_gb: float = Field(
        default=5.0, gt=0, description="images on S3: how much of them this machine's disk may hold"
    )
    engine: Literal["lite", "full"] = "lite"
    planner: str = Field(default="", description="lite or llm; empty: as the engine has it")
    encoder: str = Field(
        default="", description="lite, kandinsky21 or kandinsky22; empty: as the engine has it"
    )
    generator: str = Field(
        default="", description="lite, kandinsky21 or kandinsky22; empty: as the engine has it"
    )
    scorer: str = Field(default="", description="lite or full; empty: as the engine has it")
    worker: Literal["subprocess", "ray", "none"] = Field(
        default="subprocess",
        description="ray: `python -m services.cli workers --ray`; none: somebody else starts "
        "`python -m services.jobs`",
    )
    worker_lease_seconds: float = Field(
        default=15.0, gt=0, description="a step whose worker is not heard of for so long is taken over"
    )
    worker_idle_minutes: float = Field(
        default=30.0, ge=0, description="an idle worker exits and frees its memory; 0: never"
    )
    worker_niceness: int = Field(
        default=15,
        ge=0,
        le=19,
        description="how far the worker gives way to pages, and to all else on the machine",
    )
    threads: int = Field(default=0, ge=0, description="0: as many as the machine has cores")
    log_format: Literal["text", "json"] = Field(
        default="text", description="json: one object a line, for log collectors"
    )
    runs_per_person: int = Field(
        default=20, ge=0, description="unfinished runs that one person may have; 0: any number"
    )
    variants_per_run: int = Field(
        default=VARIANTS_PER_RUN, ge=1, le=VARIANTS_PER_RUN, description="variants that one run may make"
    )
    upload_mb: float = Field(
        default=512, gt=0, description="size of one upload; server.maxUploadSize limits each file of it"
    )
    disk_quota_gb: float = Field(
        default=0, ge=0, description="what the data folder may take; 0: as much as the disk has"
    )
    clip_model: str = Field(
        default="openai/clip-vit-base-patch32", description="full engine: CLIP by hub id or local folder"
    )
    caption_model: str = Field(
        default="Salesforce/blip2-opt-2.7b", description="full engine: BLIP-2 by hub id or local folder"
    )
    topic_model: str = Field(
        default="sentence-transformers/distiluse-base-multilingual-cased-v1",
        description="full engine: sentence embeddings by hub id or local folder",
    )
    kandinsky21_prior_model: str = Field(
        default="kandinsky-community/kandinsky-2-1-prior",
        description="Kandinsky 2.1: prior and search model, by hub id or local folder",
    )
    kandinsky21_model: str = Field(
        default="kandinsky-community/kandinsky-2-1", description="Kandinsky 2.1: decoder"
    )
    kandinsky21_inpaint_model: str = Field(
        default="kandinsky-community/kandinsky-2-1-inpaint", description="Kandinsky 2.1: inpainting decoder"
    )
    kandinsky22_prior_model: str = Field(
        default="kandinsky-community/kandinsky-2-2-prior",
        description="Kandinsky 2.2: prior and search model, by hub id or local folder",
    )
    kandinsky22_model: str = Field(
        default="kandinsky-community/kandinsky-2-2-decoder", description="Kandinsky 2.2: decoder"
    )
    kandinsky22_inpaint_model: str = Field(
        default="kandinsky-community/kandinsky-2-2-decoder-inpaint",
        description="Kandinsky 2.2: inpainting decoder",
    )
    device: str = Field(default="auto", description="full engine: auto, cpu, cuda, cuda:1, mps ...")
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        default="auto", description="full engine: number format of the weights"
    )
    diffusion_side: int = Field(
        default=768,
        ge=64,
        le=1024,
        description="Kandinsky: side of the square whose area it draws; 512 is quicker",
    )
    diffusion_batch: int = Field(
        default=0,
        ge=0,
        description="Kandinsky: pictures made at once; 0: as many as memory holds, one on a CPU",
    )
    offload: Literal["auto", "none", "model", "sequential"] = Field(
        default="auto", description="Kandinsky: what waits in main memory while it is not used on the GPU"
    )
    attention_slicing: Literal["auto", "on", "off"] = Field(
        default="auto", description="Kandinsky: attention in slices, slower and smaller"
    )
    compile: bool = Field(
        default=False, description="Kandinsky: torch.compile; minutes at the first picture, quicker after"
    )
    hf_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("AIM_STUDIO_HF_TOKEN", "HF_TOKEN", "HUGGING_FACE_API"),
        description="Hugging Face token for models that ask for one; never shown",
    )
    unsplash_access_key: SecretStr | None = Field(
        default=None, description="libraries from Unsplash: access key of your application; never shown"
    )
    llm_base_url: str = Field(
        default="", description="planner llm: address of the chat API, ends in /v1; empty: OpenAI's own"
    )
    llm_model: str = Field(default="gpt-6-luna", description="planner llm: the model's name there")
    llm_api_key: SecretStr | None = Field(
        default=None,
        description="planner llm: key of the chat API; a local server may need none; never shown",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("OPENAI_API_KEY"),
        description="used for OpenAI's own address alone, where AIM_STUDIO_LLM_API_KEY is not set",
    )
    llm_timeout_seconds: float = Field(
        default=60.0, gt=0, description="planner llm: how long one answer may take"
    )
    llm_budget_seconds: float = Field(
        default=150.0, gt=0, description="planner llm: how long all attempts at one plan may take together"
    )
    llm_retries: int = Field(default=2, ge=0, le=10, description="planner llm: attempts after the first one")
    llm_max_tokens: int = Field(
        default=8000, ge=200, description="planner llm: limit of an answer, a model's thinking included"
    )
    llm_price_in: float | None = Field(
        default=None,
        ge=0,
        description="US dollars per million tokens sent, where the built-in table is wrong",
    )
    llm_price_out: float | None = Field(
        default=None, ge=0, description="US dollars per million tokens received"
    )

    stored: dict[str, str] = Field(default_factory=dict, repr=False, description="not for the environment")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, dotenv_settings, _StoredSource(settings_cls)

    admins: str = Field(
        default="", description="with sign-in: e-mail addresses of administrators, with commas between"
    )
    default_role: Literal["none", "viewer", "reviewer", "creator"] = Field(
        default="viewer", description="with sign-in: what a new person may do; none: an administrator says"
    )
    email_domains: str = Field(
        default="", description="with sign-in: only verified addresses of these domains; empty: everybody"
    )

    @property
    def admin_emails(self) -> frozenset[str]:
        return frozenset(_words(self.admins))

    @property
    def allowed_domains(self) -> frozenset[str]:
        return frozenset(word.removeprefix("@") for word in _words(self.email_domains))

    @property
    def engine_choice(self) -> EngineChoice:
        """The engine's parts, with those chosen by themselves. Raises InvalidInput where they do not fit."""
        asked = {part: getattr(self, part) for part in KNOWN_PARTS if getattr(self, part)}
        return compose(ENGINES[self.engine], asked)

    @property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home.resolve() / 'studio.db'}"

    @property
    def shown_database_url(self) -> str:
        """The database's address without its password."""
        from sqlalchemy.engine import make_url

        return make_url(self.resolved_database_url).render_as_string(hide_password=True)

    @property
    def images_dir(self) -> Path:
        return self.home / "images"

    @property
    def indexes_dir(self) -> Path:
        return self.home / "indexes"

    @property
    def logs_dir(self) -> Path:
        return self.home / "logs"


def _words(text: str) -> list[str]:
    """The parts between commas, in lower case."""
    return [word.strip().lower() for word in text.split(",") if word.strip()]


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings. Tests call `get_settings.cache_clear()` after changing the environment."""
    return Settings()


def refresh_settings() -> bool:
    """Read the settings anew if the stored ones changed since. True: they did.

    Called where work begins (a page's run, a worker's step), so that one piece of work sees one state.
    """
    if settings_store.read(get_settings().home) == get_settings().stored:
        return False
    get_settings.cache_clear()
    return True


def set_by_environment(field: str) -> str:
    """The name under which the environment (or `.env`) sets `field`; "" where it does not."""
    sources = EnvSettingsSource(Settings), DotEnvSettingsSource(Settings, env_file=REPOSITORY / ".env")
    return f"{PREFIX}{field.upper()}" if any(source().get(field) for source in sources) else ""
