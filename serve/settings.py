"""Settings of the server: environment variables `RADQA_SERVE_*`. What is answered, and how, are the agent's settings."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent.errors import InvalidSettings
from corpora.addresses import is_loopback


class ServeSettings(BaseSettings):
    """How the server listens, whom it lets in and how much it takes at once. Every limit holds for one worker."""

    model_config = SettingsConfigDict(env_prefix="RADQA_SERVE_", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    data: Path | None = Field(default=None, description="folder of keys and documents; without it one in the user's data folder")
    open: bool = Field(default=False, description="answer without keys beyond this machine too")

    running: int = Field(default=0, ge=0, le=1000, description="requests computed at once; 0: one per core, 16 per core with a chat model")
    waiting: int = Field(default=64, ge=0, le=10_000, description="requests that wait for their turn; more are turned away")
    patience_s: float = Field(default=30.0, gt=0, description="how long a request waits for its turn at most")
    seconds: float = Field(default=300.0, gt=0, description="how long a request is worked on at most")
    body_bytes: int = Field(default=1_000_000, ge=1_000, description="largest body of a request")
    upload_bytes: int = Field(default=60_000_000, ge=1_000, description="largest body of a request that brings documents")

    rate: str = Field(default="120/minute", description="requests per key, unless the key has a rate of its own")
    rates: SecretStr = Field(default=SecretStr("async+memory://"), description="where they are counted, e.g. async+redis://host")
    tenants_kept: int = Field(default=4, ge=1, le=1000, description="tenants whose documents stay open in memory")

    @field_validator("rate")
    @classmethod
    def _is_a_rate(cls, value: str) -> str:
        return checked_rate(value)

    @property
    def folder(self) -> Path:
        """Where keys and documents are kept."""
        return self.data.expanduser() if self.data else user_data_path("radqa") / "serve"

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    def at_once(self, *, with_model: bool) -> int:
        """How many requests are computed at once: a chat model is waited for, the rules take a core each."""
        return self.running or (os.cpu_count() or 1) * (16 if with_model else 1)


def checked_rate(text: str) -> str:
    """The rate as it was written, such as "60/minute". Raises `ValueError` where it is none."""
    from limits import parse

    try:
        parse(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no rate; write for instance 60/minute or 5/second") from error
    return text


def serve_settings(**chosen: object) -> ServeSettings:
    """The settings; `chosen` values of None are left to the environment.

    Raises:
        InvalidSettings: names the setting and what is wrong with it.
    """
    given = {name: value for name, value in chosen.items() if value is not None}
    try:
        return ServeSettings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise InvalidSettings(f"Server setting {name}: {first['msg']}.", "Look at RADQA_SERVE_* variables.") from error
