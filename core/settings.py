"""One typed, frozen Settings; the only reader of the environment."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, FilePath, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import InvalidSetting, UnsafeConfiguration

CHECKOUT = Path(__file__).resolve().parent.parent
WEB_ADDRESS = r"^(https?://[^\s?#]+)?$"  # empty counts as none
MAIL_ADDRESS = r"^[^\s@,<>]+@[^\s@,<>]+$"
MAIL_ADDRESSES = r"^(\s*[^\s@,<>]+@[^\s@,<>]+\s*(,\s*[^\s@,<>]+@[^\s@,<>]+\s*)*)?$"  # divided by commas
WEBHOOK = re.compile(r"(json|slack|teams)=(https?://[^\s/?#]+\S*)")
PMTILES_HEADER, PMTILES_KIND, PMTILES_VECTOR = 127, 99, 1  # bytes, and where the kind of tiles stands (PMTiles 3)
MIN_LOG_DAYS = 7  # rows that work writes long after it began are still counted then
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's variable for the folder of workers' metrics; it is read when the library is imported."""
OTLP_VARIABLES = AliasChoices("LOOKOUT_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
OTLP_MODULES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")  # of the extra `tracing`
MIN_SECRET_LENGTH = 16  # characters; a shorter key or password can be guessed


class Settings(BaseSettings):
    """Everything that a person can set from outside; `docs/operations.md` describes each field."""

    model_config = SettingsConfigDict(env_prefix="LOOKOUT_", frozen=True, extra="ignore", populate_by_name=True)

    host: str = Field("127.0.0.1", validation_alias=AliasChoices("HOST", "LOOKOUT_HOST"))
    port: int = Field(8501, ge=1, le=65535, validation_alias=AliasChoices("PORT", "LOOKOUT_PORT"))
    data_dir: Path = CHECKOUT / "var"
    models_dir: Path = CHECKOUT / "models"
    systems_dir: Path | None = None
    database_url: SecretStr | None = None
    api_keys: SecretStr = SecretStr("")
    default_model: str | None = None
    pages: Literal["on", "off"] = "on"
    workers: int = Field(1, ge=1, le=64)
    pages_password: SecretStr | None = None
    max_photo_mb: float = Field(20.0, gt=0)
    max_photo_megapixels: float = Field(80.0, gt=0)
    max_request_mb: float = Field(64.0, gt=0)
    max_instances: int = Field(1000, gt=0)
    requests_at_once: int = Field(4, ge=1, le=32)
    queue_length: int = Field(256, ge=1)
    request_seconds: float = Field(60.0, gt=0, le=3600)
    batch_size: int = Field(16, gt=0)
    inference_threads: int = Field(2, gt=0)
    warm_up: bool = True
    max_flood_cells: int = Field(4_200_000, gt=0)
    log_days: int = Field(0, ge=0)
    files_days: float = Field(90.0, gt=0)
    files_gb: float = Field(20.0, gt=0)
    work_days: float = Field(14.0, gt=0)
    job_seconds: float = Field(20.0, ge=0)
    tiles: str | None = None
    basemap: FilePath | None = None
    public_url: str | None = Field(None, pattern=WEB_ADDRESS)
    copernicus: str | None = Field(None, pattern=WEB_ADDRESS)
    npm_registry: str = Field("https://registry.npmjs.org", pattern=WEB_ADDRESS)
    weather: str | None = Field(None, pattern=WEB_ADDRESS)
    weather_ensembles: str | None = Field(None, pattern=WEB_ADDRESS)
    alerts: Literal["on", "off"] = "on"
    alert_seconds: float = Field(60.0, ge=1, le=3600)
    alert_email_to: str | None = Field(None, pattern=MAIL_ADDRESSES)
    alert_email_from: str | None = Field(None, pattern=MAIL_ADDRESS)
    alert_smtp_host: str | None = None
    alert_smtp_port: int = Field(587, ge=1, le=65535)
    alert_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    alert_smtp_user: str | None = None
    alert_smtp_password: SecretStr | None = None
    alert_webhooks: SecretStr = SecretStr("")
    alert_webhook_token: SecretStr | None = None
    alert_runbook_url: str | None = Field(None, pattern=WEB_ADDRESS)
    audit_share: float = Field(0.02, ge=0, le=1)
    price_per_hour: float | None = Field(None, ge=0)
    price_per_gb_month: float | None = Field(None, ge=0)
    currency: str = Field("EUR", min_length=1, max_length=8)
    budget_per_month: float | None = Field(None, gt=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"
    otlp_endpoint: str | None = Field(None, pattern=WEB_ADDRESS, validation_alias=OTLP_VARIABLES)

    @field_validator("basemap")
    @classmethod
    def vector_tiles(cls, path: Path | None) -> Path | None:
        """The file of streets, if it is one that a browser can draw. Raises ValueError."""
        if path is None:
            return None
        with path.open("rb") as file:
            header = file.read(PMTILES_HEADER)
        if header[:8] != b"PMTiles\x03" or len(header) < PMTILES_HEADER:
            raise ValueError("a PMTiles file of version 3, such as an extract of the Protomaps basemap, is expected")
        if header[PMTILES_KIND] != PMTILES_VECTOR:
            raise ValueError("a PMTiles file of vector tiles is expected, not one of pictures")
        return path

    @field_validator("otlp_endpoint")
    @classmethod
    def with_its_library(cls, address: str | None) -> str | None:
        """Where spans go, if what sends them is installed. Raises ValueError."""
        try:
            if address and not all(map(find_spec, OTLP_MODULES)):
                raise ModuleNotFoundError
        except ModuleNotFoundError:  # the package above it is missing too
            raise ValueError("OpenTelemetry beside it, which is not installed: pip install '.[tracing]'") from None
        return address or None

    @field_validator("log_days")
    @classmethod
    def all_or_enough(cls, days: int) -> int:
        """For how many days rows are kept, 0 for all. Raises ValueError for fewer days than work may take to finish."""
        if 0 < days < MIN_LOG_DAYS:
            raise ValueError(f"0, which keeps all, or at least {MIN_LOG_DAYS} days are expected")
        return days

    @field_validator("alert_webhooks")
    @classmethod
    def forms_and_addresses(cls, entries: SecretStr) -> SecretStr:
        """The webhooks, if each is `form=address`. Raises ValueError, without the addresses, which are secrets."""
        if not all(WEBHOOK.fullmatch(entry) for entry in entries.get_secret_value().split()):
            raise ValueError("json=ADDRESS, slack=ADDRESS or teams=ADDRESS is expected, several divided by spaces")
        return entries

    @property
    def webhooks(self) -> list[tuple[str, str]]:
        """The webhooks of LOOKOUT_ALERT_WEBHOOKS as (form, address)."""
        matches = (WEBHOOK.fullmatch(entry) for entry in self.alert_webhooks.get_secret_value().split())
        return [(match[1], match[2]) for match in matches if match]

    @property
    def store_url(self) -> str:
        """The store's SQLAlchemy URL: the one given, else SQLite in the data folder."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir.resolve() / 'lookout.db'}"
        url = self.database_url.get_secret_value()
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @property
    def keys(self) -> dict[str, str]:
        """API keys as {key: name}. Each entry of LOOKOUT_API_KEYS is `key` or `name:key`, separated by commas."""
        keys = {}
        entries = filter(None, (entry.strip() for entry in self.api_keys.get_secret_value().split(",")))
        for number, entry in enumerate(entries, start=1):
            name, _, key = entry.rpartition(":")
            keys[key] = name or f"key-{number}"
        return keys

    @property
    def loopback(self) -> bool:
        """Whether the server can be reached from this machine alone."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def refuse_open_door(self) -> None:
        """Raise UnsafeConfiguration if strangers could reach the API or the pages, or if a secret is weak."""
        weak = [name for key, name in self.keys.items() if len(key) < MIN_SECRET_LENGTH]
        if weak:
            raise UnsafeConfiguration(
                expected=f"API keys of at least {MIN_SECRET_LENGTH} characters in LOOKOUT_API_KEYS",
                received=f"a shorter one ({', '.join(weak)})",
                advice='Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(32))"',
            )
        password = self.pages_password
        if password is not None and len(password.get_secret_value()) < MIN_SECRET_LENGTH:
            raise UnsafeConfiguration(
                expected=f"LOOKOUT_PAGES_PASSWORD to have at least {MIN_SECRET_LENGTH} characters",
                received="a shorter one",
                advice="Choose a longer one, or set LOOKOUT_PAGES=off.",
            )
        if self.loopback:
            return
        if not self.keys:
            raise UnsafeConfiguration(
                f"HOST={self.host} would let other machines use the API without a key. "
                "Set LOOKOUT_API_KEYS, or leave HOST at 127.0.0.1."
            )
        if self.pages == "on" and password is None:
            raise UnsafeConfiguration(
                f"HOST={self.host} would let other machines open the pages without a login. "
                "Set LOOKOUT_PAGES_PASSWORD, or LOOKOUT_PAGES=off, or leave HOST at 127.0.0.1."
            )


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once; tests call `settings.cache_clear()` after changing the environment."""
    try:
        return Settings()
    except ValidationError as problem:
        first = problem.errors()[0]
        name = str(first["loc"][0])
        field = Settings.model_fields.get(name)
        is_secret = field is not None and "SecretStr" in str(field.annotation)
        name = name if name.isupper() else f"LOOKOUT_{name.upper()}"
        raise InvalidSetting(
            expected=f"another value of {name}: {first['msg']}",
            received="another one, which is a secret and not shown" if is_secret else f"{first['input']!r:.60}",
            advice="docs/operations.md says what each setting may be.",
        ) from (None if is_secret else problem)
