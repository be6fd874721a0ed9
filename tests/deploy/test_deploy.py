"""What deploy/ says fits together and fits the program; `make deploy-lint` checks its form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
READ = re.compile(r'(?:get\(|PREFIX \+ )"(\w+)"')  # how bot/settings.py reads one
SETTINGS = set(READ.findall((ROOT / "bot" / "settings.py").read_text(encoding="utf-8")))


def _objects(kind: str = "") -> list[dict[str, Any]]:
    files = [path for path in KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml"]
    found = [each for path in files for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    return [each for each in found if kind in ("", each["kind"])]


def _names(text: str) -> set[str]:
    return set(re.findall(r"\bYINGTING_(\w+)", text))


def test_every_file_of_the_base_is_in_it() -> None:
    base = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))
    assert sorted(base["resources"]) == sorted(p.name for p in KUBERNETES.glob("*.yaml") if p.stem != "kustomization")


def test_every_setting_exists() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.rglob("*") if path.is_file())
    named = _names(text)
    assert named
    assert named <= SETTINGS


def test_selectors_find_pods() -> None:
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in _objects("Deployment")]
    selectors = [each["spec"]["selector"] for each in _objects() if "selector" in each.get("spec", {})]
    assert selectors
    for selector in selectors:
        wanted = selector.get("matchLabels", selector)
        assert any(wanted.items() <= pod.items() for pod in labels), wanted


def test_nobody_is_root_and_nothing_else_is_allowed() -> None:
    for deployment in _objects("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    stages = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")
    assert "\nUSER 10001\n" in stages[-1]


def test_no_secret_is_in_the_objects() -> None:
    secret = {"DATABASE_URL", "SESSION_SECRET", "REST_TOKEN", "DESK_ADMIN_PASSWORD"}
    for settings in _objects("ConfigMap"):
        assert not _names(" ".join(settings["data"])) & secret


def test_the_image_leaves_out_what_it_does_not_need() -> None:
    """What is not in the image cannot change the model's fingerprint or leak from a developer's folder."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", "var", "models", "tests"} <= set(ignored)
    assert not {"actions", "bot", "channels", "data", "hall", "config.yml"} & set(ignored)


def test_the_database_gets_none_of_the_halls_secrets() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))["services"]
    assert services["database"]["env_file"] == "database"
    assert not _names((DEPLOY / "database.example").read_text(encoding="utf-8"))
    assert "POSTGRES" not in (DEPLOY / "environment.example").read_text(encoding="utf-8")
