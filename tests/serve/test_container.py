"""What the container's files promise, as far as it can be read from them."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_the_image_takes_every_package_that_is_installed():
    import tomllib

    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]["find"]["include"]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for package in (name.rstrip("*") for name in found):
        assert f"COPY {package} {package}" in DOCKERFILE
        assert f"!{package}" in ignored


def test_the_image_runs_as_nobody_in_particular_and_tells_its_health():
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "USER 10001:10001" in final
    assert "HEALTHCHECK" in final
    assert "/readyz" in final


def test_radqas_services_cannot_write_outside_their_volume_and_are_reached_from_this_machine_only():
    for name in ("radqa", "chat"):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_what_it_may_stand_beside_starts_only_when_asked_for():
    assert {name for name, service in SERVICES.items() if "profiles" not in service} == {"radqa"}


def test_what_stands_beside_it_is_reached_by_radqa_alone():
    assert all("ports" not in service for name, service in SERVICES.items() if name not in ("radqa", "chat"))
    assert {"postgres", "milvus", "valkey", "ollama", "chat"} == {name for name, service in SERVICES.items() if "profiles" in service}


def test_every_image_is_of_a_named_version():
    for service in SERVICES.values():
        image = service["image"]
        assert image == "radqa" or (":" in image and not image.endswith(":latest"))


def test_the_image_takes_extras_that_there_are():
    import re
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    (named,) = re.findall(r'"\.\[(.*?)\]"', DOCKERFILE)
    assert set(named.split(",")) <= set(extras)
