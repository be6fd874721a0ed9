"""An operator is a folder that holds only what differs; a mistake in it names file, line and what may be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from hall.bss.demo import records
from hall.operator import Operator, problems
from hall.operator_files import KNOWN, OperatorFiles
from hall.policy_file import PolicyError

BRAND = "source: a test\ndate: 2026-11-26\nname: 云桥\n"


def _write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_the_demonstrations_operator_is_whole_and_without_problems() -> None:
    operator = Operator.load()
    assert operator.brand.name == "营厅"
    assert operator.brand.demonstration
    assert operator.people
    assert len(operator.people.customers) == 12
    assert problems() == []
    assert all(OperatorFiles().path(name).is_file() for name in KNOWN)


def test_what_an_operator_leaves_out_is_the_demonstrations(tmp_path: Path) -> None:
    _write(tmp_path, "brand.yml", BRAND)
    operator, base = Operator.load(tmp_path), Operator.load()
    assert (operator.brand.name, operator.brand.app) == ("云桥", base.brand.app)
    assert operator.policy == base.policy
    assert operator.catalogue == base.catalogue
    assert problems(tmp_path) == []


def test_rules_differ_key_by_key(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "policy/topup.yml",
        "refund: {source: mall, arrives_days: 7}\ncredit: {source: mall, amounts_yuan: [50]}\n",
    )
    rules, base = Operator.load(tmp_path).policy.topup, Operator.load().policy.topup
    assert (rules.refund_days, rules.refund_query_seconds) == (7, base.refund_query_seconds)
    assert rules.amounts_yuan == (50,)
    assert rules.rules == base.rules


def test_a_table_differs_as_a_whole(tmp_path: Path) -> None:
    head = "# source: a test\n# date: 2026-11-26\nsku\tscope\tdata_mb\tprice_fen\tvalid\n"
    _write(tmp_path, "catalogue/packages.tsv", f"{head}Y3G\tnational\t3072\t1900\t30 days\n")
    assert [package.sku for package in Operator.load(tmp_path).policy.packages] == ["Y3G"]


def test_a_key_that_is_null_is_taken_away(tmp_path: Path) -> None:
    _write(tmp_path, "policy/compensation.yml", "source: a test\ndate: 2026-11-26\nlimits: {fault: ~}\n")
    limits = Operator.load(tmp_path).policy.compensation.limits
    assert set(Operator.load().policy.compensation.limits) - set(limits) == {"fault"}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("policy/topup.yml", "refund:\n  arrives_days: 7\n", "line 1: refund.source: is missing: what differs"),
        (
            "policy/topup.yml",
            "refund:\n  source: mall\n  arrive_days: 7\n",
            "line 3: refund.arrive_days: .*perhaps refund.arrives_days",
        ),
        ("policy/compensation.yml", "source: me\nmonth_fen: 1\n", "line 1: date: is missing"),
        ("brand.yml", f"{BRAND}hotlin: '95'\n", "line 4: hotlin: .*perhaps hotline"),
        ("brand.yml", BRAND.replace("云桥", "''"), "line 3: name: must be a text"),
        (
            "phrases.yml",
            "source: me\ndate: 2026-11-26\nresponses:\n  utter_greet: Hi\n",
            "line 4: responses.utter_greet: must be a list",
        ),
        ("phrases.yml", "responses: {}\n", "source: is missing"),
        ("catalogue/plans.tsv", "name\tfee_fen\n", "must begin with `# source"),
        (
            "catalogue/services.tsv",
            "# source: me\n# date: 2026-11-26\ncode\tname\tfee_fen\tsaid_as\nA\tB\tfree\t-\n",
            "line 4: fee_fen: must be a whole number",
        ),
        ("demo/customers.tsv", "msisdn\n", "brand.yml says demonstration: true"),
    ],
)
def test_a_mistake_names_file_line_and_a_hint(tmp_path: Path, name: str, text: str, told: str) -> None:
    if name.startswith("demo/"):
        _write(tmp_path, "brand.yml", BRAND)
    path = _write(tmp_path, name, text)
    with pytest.raises(PolicyError, match=told) as caught:
        Operator.load(tmp_path)
    assert str(path.parent) in str(caught.value)
    assert problems(tmp_path) == [str(caught.value)]


def test_a_folder_that_is_none_or_empty_or_misnames_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nowhere: is no folder of an operator"):
        Operator.load(tmp_path / "nowhere")
    with pytest.raises(PolicyError, match=r"holds none of an operator's files \(brand\.yml"):
        Operator.load(tmp_path)
    _write(tmp_path, "policy/top-up.yml", "")
    with pytest.raises(PolicyError, match=r"policy/top-up\.yml: is no file of an operator, perhaps policy/topup\.yml"):
        Operator.load(tmp_path)


def test_notes_for_readers_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    _write(tmp_path, "brand.yml", BRAND)
    _write(tmp_path, "README.md", "ours")
    _write(tmp_path, "..data/brand.yml", "what Kubernetes mounts beside it")
    assert problems(tmp_path) == []


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    _write(tmp_path, "brand.yml", "name: 云桥\n")
    _write(tmp_path, "policy/topup.yml", "refund: {arrives_days: 7}\n")
    _write(tmp_path, "brnad.yml", "")
    found = "\n".join(problems(tmp_path))
    assert all(told in found for told in ("brnad.yml", "brand.yml line 1: source", "topup.yml line 1: refund.source"))


def test_only_a_demonstration_has_people(tmp_path: Path) -> None:
    _write(tmp_path, "brand.yml", BRAND)
    assert Operator.load(tmp_path).people is None
    _write(tmp_path, "brand.yml", f"{BRAND}demonstration: true\n")
    assert Operator.load(tmp_path).people == records.load()


def test_people_have_plans_of_the_operators_catalogue(tmp_path: Path) -> None:
    _write(tmp_path, "brand.yml", f"{BRAND}demonstration: true\n")
    head = "# source: a test\n# date: 2026-11-26\nname\tfee_fen\tdata_mb\tminutes\tsms\tsaid_as\n"
    _write(tmp_path, "catalogue/plans.tsv", f"{head}云桥9元套餐\t900\t1024\t10\t0\t-\n")
    with pytest.raises(
        PolicyError, match=r"customers\.tsv line 4: plan: 畅享39元套餐 is no plan of catalogue/plans\.tsv"
    ):
        Operator.load(tmp_path)
