"""Faults: the trees, what answers mean, what is known, one ticket."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hall import faults, tickets
from hall.bss.demo import DemoBss
from hall.bss.line_check import LineChecks
from hall.change import Change
from hall.context import Hall
from hall.errors import Unavailable
from hall.policy import Policy
from hall.policy.faults import END, REPAIR, Kind, Node

RULES = Policy.load().faults
NODES = [(kind, node) for kind in RULES.kinds for node in kind.nodes.values()]


@pytest.mark.parametrize("kind", RULES.kinds, ids=lambda kind: kind.key)
def test_every_way_through_a_tree_ends_within_three_questions(kind: Kind) -> None:
    def longest(at: str, nodes: Mapping[str, Node]) -> int:
        return 0 if at in (END, REPAIR) else 1 + max(longest(nodes[at].yes, nodes), longest(nodes[at].no, nodes))

    assert longest(kind.first, kind.nodes) <= 3


@pytest.mark.parametrize(("kind", "node"), NODES, ids=lambda one: getattr(one, "key", ""))
def test_yes_and_no_lead_on(kind: Kind, node: Node) -> None:
    if node.asks:
        assert faults.answered(node, "是的") == node.yes
        assert faults.answered(node, "没有") == node.no
    else:
        assert faults.answered(node, "好了") == END
        assert faults.answered(node, "试了还是不行") == node.no
    assert faults.answered(node, "香蕉") is None


@pytest.mark.parametrize(
    ("said", "kinds"),
    [
        ("宽带上不了网", ("broadband",)),
        ("宽带和手机信号都不行了", ("broadband", "signal")),
        ("收不到验证码", ("sms",)),
        ("打不出电话", ("calls",)),
        ("网速慢死了", ("data",)),
    ],
)
def test_words_name_the_kind(said: str, kinds: tuple[str, ...]) -> None:
    assert RULES.named(said)[: len(kinds)] == kinds


@pytest.mark.parametrize(
    ("line", "kind", "result"),
    [
        ("13900139002", "calls", "arrears"),
        ("18600186006", "data", "used_up"),
        ("18600186006", "calls", "fine"),
        ("18900189007", "broadband", "port_down"),
        ("13700137004", "data", "apn"),
        ("13800138000", "signal", "fine"),
    ],
)
async def test_the_line_check_knows_the_cause(hall: Hall, line: str, kind: str, result: str) -> None:
    assert (await hall.bss[LineChecks].of(line, kind)).result == result


async def test_an_outage_of_a_district_is_told_to_who_names_it(hall: Hall) -> None:
    kind = RULES.kind("broadband")
    assert kind
    assert (await faults.known(hall, "18900189007", kind, "崂山区宽带断了")).outage
    assert not (await faults.known(hall, "18900189007", kind, "宽带断了")).outage


@pytest.mark.parametrize("fault", ["down", "garbage"])
async def test_a_check_that_fails_is_named_and_stops_nothing(hall: Hall, demo: DemoBss, fault: str) -> None:
    demo.faults["line_check"] = fault
    kind = RULES.kind("broadband")
    assert kind
    with pytest.raises(Unavailable) as raised:
        await hall.bss[LineChecks].of("13800138000", "broadband")
    assert raised.value.part == "line_check"
    assert not (await faults.known(hall, "13800138000", kind, "")).checked


async def test_the_same_fault_is_not_reported_twice(hall: Hall) -> None:
    kind = RULES.kind("broadband")
    assert kind
    new = faults.Report(kind, kind.name, "port_down", "", "", country=True)
    numbers = set()
    for expected in (True, False):
        change = Change.begin(hall, hall.store.unit(), "customer")
        ticket, fresh = await faults.report(change, "sms:demo:18900189007", "18900189007", new)
        await change.unit.commit()
        numbers.add(ticket.ticket_no)
        assert fresh is expected
        assert ticket.kind == tickets.FAULT
    assert len(numbers) == 1


def test_a_word_that_many_use_names_nothing_where_a_kind_is_named() -> None:
    named = RULES.named
    assert named("家里宽带断网了") == ("broadband",)
    assert named("断网了") == ("data",)
    assert named("4G上不了网，显示有信号") == ("data",)
