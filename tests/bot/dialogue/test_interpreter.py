"""The dialogue's patterns, on small flows of their own, without Rasa."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.dialogue.fallback import Thresholds
from bot.dialogue.flow import Flows, parse
from bot.dialogue.interpreter import LISTEN, Interpreter
from bot.dialogue.patterns import Patterns
from bot.dialogue.state import ParsedMessage, SlotView, State

FLOWS = """
topup:
  title: 充流量
  intent: topup
  menu: 20
  steps:
  - {collect: number, entity: phone_number, accept: digits, check: action_check_number, for_each: action_several}
  - collect: again
    entity: phone_number
    check: action_compare
    again_max: 3
    too_often: utter_too_often
    when: {foreign: true}
  - collect: scope
  - {collect: size, entity: data_mb}
  - check: action_eligible
  - confirm: utter_confirm
  - act: action_place
bill:
  title: 查账单
  intent: bill
  menu: 10
  steps:
  - collect: month
  - act: action_bill
balance:
  title: 查话费
  intent: balance
  menu: 30
  needs: [bills]
  kind: answer
  line: proved
  steps:
  - act: action_balance
complaint: {title: 投诉, intent: complaint, steps: [{confirm: utter_sorry}, {act: action_hand_off}]}
papers: {title: 证件, intent: papers, kind: answer, steps: [{collect: document}, {say: utter_paper}]}
greet: {title: 打招呼, intent: greet, kind: talk, steps: [{say: utter_greet}]}
usage: {title: 查流量, intent: usage, kind: answer, steps: [{say: utter_usage}]}
elsewhere:
  title: 其他
  titles: {points: 查积分, invoice: 开发票}
  intent: [points, invoice]
  kind: answer
  steps:
  - {say: utter_elsewhere}
loss: {title: 挂失, intent: loss, kind: answer, urgency: 8, steps: [{say: utter_loss}]}
identify:
  title: 验证身份
  steps:
  - {collect: line_number, entity: phone_number, check: action_send_code}
  - {collect: code, accept: digits, secret: true, check: action_check_code, again_max: 3}
talk_to_human:
  title: 转人工
  intent: talk_to_human
  kind: offer
  urgency: 9
  menu: 90
  declined: utter_go_on
  sets: {handoff_reason: asked}
  steps:
  - {act: action_hand_off, next: {closed: when_closed}}
  - {collect: when_closed, id: when_closed}
  - {collect: message_text, accept: message, when: {when_closed: message}}
  - {act: action_leave_message, when: {when_closed: message}}
offer_person:
  title: 转人工
  kind: offer
  declined: utter_go_on
  sets: {handoff_reason: misunderstood}
  steps: [{confirm: action_offer_person}, {act: action_hand_off}]
"""
KNOWN = {
    f"utter_ask_{slot}" for slot in ("number", "again", "scope", "size", "month", "line_number", "code", "document")
} | {"utter_ask_when_closed", "utter_ask_message_text"}


class Talk:
    """Plays a dialogue against the interpreter; actions succeed unless a script says otherwise."""

    def __init__(self) -> None:
        self.interpreter = Interpreter(
            Flows({name: parse(name, data) for name, data in YAML(typ="safe").load(FLOWS).items()}), KNOWN
        )
        self.hearing = Patterns(self.interpreter, Thresholds(), frozenset({"确认"}))
        self.state, self.view = State(), SlotView({})
        self.actions: dict[str, Callable[[SlotView], str]] = {"action_hand_off": lambda view: "queued"}

    def say(self, intent: str = "inform", text: str = "", confidence: float = 1.0, **entities: Any) -> list[str]:
        return self.hear(
            ParsedMessage(text=text, intent=intent, confidence=confidence, entities=tuple(entities.items()), rest=text)
        )

    def choose(self, intent: str, **fills: Any) -> list[str]:
        return self.hear(ParsedMessage(text="按钮", intent=intent, confidence=1.0, fills=fills, chosen=True))

    def hear(self, parsed: ParsedMessage) -> list[str]:
        self.state = State.load(self.state.dump())  # as it is stored between turns
        self.hearing.hear(self.state, parsed, self.view)
        ran: list[str] = []
        while (action := self.interpreter.decide(self.state, self.view)) != LISTEN:
            ran.append(action)
            assert len(ran) < 30, ran
            if action.startswith("action_") and action != "action_offer":
                self.view["outcome"] = self.actions.get(action, lambda view: "ok")(self.view)
        return ran


@pytest.fixture
def talk() -> Talk:
    return Talk()


CHECKS = ["action_check_number", "action_eligible", "utter_confirm"]


def test_everything_in_one_sentence_goes_straight_to_the_confirmation(talk: Talk) -> None:
    assert talk.say("topup", phone_number="13800138000", scope="national", data_mb=1024) == CHECKS


def test_what_is_missing_is_asked_one_by_one(talk: Talk) -> None:
    assert talk.say("topup") == ["utter_ask_number"]
    assert talk.say(phone_number="13800138000") == ["action_check_number", "utter_ask_scope"]
    assert talk.choose("inform", scope="national") == ["utter_ask_size"]
    assert talk.say(data_mb=1024) == ["action_eligible", "utter_confirm"]
    assert talk.say("affirm", "确认") == ["action_place"]
    assert talk.state.stack == []


def test_raw_digits_reach_the_check_that_says_what_is_wrong(talk: Talk) -> None:
    talk.actions["action_check_number"] = lambda view: "again" if view["number"] == "1380013" else "ok"
    talk.say("topup")
    assert talk.say("inform", "1380013", 0.9) == ["action_check_number", "utter_ask_number"]
    assert talk.view["number"] is None


def test_a_second_number_is_compared_and_three_mismatches_end_it(talk: Talk) -> None:
    talk.view["foreign"] = True
    talk.actions["action_compare"] = lambda view: "ok" if view["again"] == view["number"] else "again"
    assert talk.say("topup", phone_number="13900139000") == ["action_check_number", "utter_ask_again"]
    assert talk.say(phone_number="13900139001") == ["action_compare", "utter_ask_again"]
    assert talk.say(phone_number="13900139002") == ["action_compare", "utter_ask_again"]
    assert talk.say(phone_number="13900139003") == ["action_compare", "utter_too_often"]
    assert talk.state.stack == []


def test_a_weak_yes_confirms_nothing(talk: Talk) -> None:
    talk.say("topup", phone_number="1", scope="n", data_mb=1)
    assert talk.say("affirm", "啊啊啊", 0.6) == ["utter_confirm_clearly", "utter_confirm"]


def test_a_value_at_the_confirmation_corrects_and_is_checked_again(talk: Talk) -> None:
    talk.say("topup", phone_number="1", scope="n", data_mb=1)
    assert talk.say("deny", "不对，改成5G", data_mb=5120) == ["action_eligible", "utter_confirm"]
    assert talk.view["size"] == 5120
    assert talk.view["scope"] == "n"


def test_a_bare_no_at_the_confirmation_asks_which_one(talk: Talk) -> None:
    talk.say("topup", phone_number="1", scope="n", data_mb=1)
    assert talk.say("deny", "不对") == ["action_offer"]
    assert [choice[1] for choice in talk.view["offer"]["choices"]][-1] == "/cancel"
    assert talk.choose("inform", change="scope") == ["utter_ask_scope"]
    assert talk.choose("inform", scope="p") == ["action_eligible", "utter_confirm"]


def test_a_side_question_returns_to_the_open_question(talk: Talk) -> None:
    talk.view["proved_line"] = "13800138000"
    talk.say("topup", phone_number="1")
    assert talk.say("balance") == ["action_balance", "utter_continue", "utter_ask_scope"]
    assert talk.view["number"] == "1"


def test_another_task_is_done_and_the_way_back_is_offered(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    assert talk.say("bill") == ["utter_ask_month"]
    assert talk.say(month="2026-08") == ["action_bill", "action_offer"]
    assert talk.say("affirm", "好") == ["utter_continue", "utter_ask_scope"]
    assert talk.view["number"] == "1"


def test_the_way_back_can_be_declined(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    talk.say("bill", month="2026-08")
    assert talk.say("deny", "不用") == ["utter_dropped"]
    assert talk.state.stack == []
    assert talk.view["number"] is None


def test_the_way_back_is_forgotten_when_something_else_is_wanted(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    talk.say("bill", month="2026-08")
    assert talk.say("greet") == ["utter_greet"]
    assert talk.state.stack == []


def test_a_waiting_task_that_is_wanted_again_changes_places(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    talk.say("bill")
    assert talk.say("topup") == ["utter_continue", "utter_ask_scope"]
    assert [frame.flow for frame in talk.state.stack] == ["bill", "topup"]


def test_cancelling_ends_the_task(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    assert talk.say("cancel", "算了") == ["utter_cancelled"]
    assert talk.say("cancel", "算了") == ["action_nothing_to_cancel"]


def test_back_asks_the_question_before(talk: Talk) -> None:
    talk.say("topup", phone_number="1", scope="n")
    assert talk.hear(ParsedMessage(text="0", command="back")) == ["utter_ask_scope"]


def test_repeat_asks_the_open_question_again(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    assert talk.hear(ParsedMessage(text="再说一遍", command="repeat")) == ["utter_ask_scope"]


def test_a_line_is_proved_before_a_flow_that_needs_it(talk: Talk) -> None:
    def right(view: SlotView) -> str:
        view["proved_line"] = view["line_number"]
        return "ok"

    talk.actions["action_check_code"] = lambda view: right(view) if view["code"] == "123456" else "again"
    assert talk.say("balance") == ["utter_ask_line_number"]
    assert talk.say(phone_number="13800138000") == ["action_send_code", "utter_ask_code"]
    assert talk.interpreter.awaits_secret(talk.state)
    assert talk.say("inform", "000000") == ["action_check_code", "utter_ask_code"]
    assert talk.say("inform", "123456") == ["action_check_code", "action_balance"]
    assert "123456" not in str(talk.view.slots)


def test_the_number_of_the_first_message_is_the_line_to_prove(talk: Talk) -> None:
    assert talk.say("balance", phone_number="13800138000") == ["action_send_code", "utter_ask_code"]


def test_a_line_that_is_not_proved_ends_what_needed_it(talk: Talk) -> None:
    talk.actions["action_check_code"] = lambda view: "end"
    talk.say("balance", phone_number="13800138000")
    assert talk.say("inform", "000000") == ["action_check_code"]
    assert talk.state.stack == []


def test_another_wish_breaks_off_the_proof(talk: Talk) -> None:
    talk.say("balance")
    assert talk.say("topup") == ["utter_ask_number"]


def test_after_three_misunderstandings_a_person_is_offered(talk: Talk) -> None:
    nonsense = {"intent": "out_of_scope", "text": "asdf", "confidence": 0.1}
    assert talk.say(**nonsense) == ["utter_not_understood", "utter_main_business"]
    assert talk.say(**nonsense) == ["utter_not_understood", "utter_main_business"]
    assert talk.say(**nonsense) == ["action_offer_person"]
    assert talk.say("affirm", "好") == ["action_hand_off"]


def test_off_topic_is_said_each_time_and_calls_nobody(talk: Talk) -> None:
    weather = {"intent": "out_of_scope", "text": "今天天气", "confidence": 0.95}
    for _ in range(5):
        assert talk.say(**weather) == ["utter_out_of_scope"]


def test_off_topic_in_a_task_returns_to_the_question(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    weather = {"intent": "out_of_scope", "text": "今天天气", "confidence": 0.95}
    assert talk.say(**weather) == ["utter_out_of_scope_within", "utter_continue", "utter_ask_scope"]


def test_unsure_offers_the_likeliest_then_the_menu(talk: Talk) -> None:
    unsure = ParsedMessage(
        text="话费流量", intent="bill", confidence=0.3, ranking=(("bill", 0.3), ("topup", 0.25), ("greet", 0.01))
    )
    assert talk.hear(unsure) == ["action_offer"]
    assert talk.view["offer"]["choices"] == [("查账单", "/bill"), ("充流量", "/topup"), ("utter_choice_none", "/deny")]
    assert talk.choose("deny") == ["utter_main_business"]


def test_a_choice_after_unsure_starts_the_task(talk: Talk) -> None:
    talk.hear(ParsedMessage(text="?", intent="bill", confidence=0.3, ranking=(("bill", 0.3),)))
    assert talk.choose("topup") == ["utter_ask_number"]
    assert talk.state.misses == 0


def test_misunderstood_in_a_task_asks_again_and_then_offers_a_person(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    unclear = {"intent": "out_of_scope", "text": "呃呃", "confidence": 0.1}
    assert talk.say(**unclear) == ["utter_not_understood", "utter_ask_scope"]
    assert talk.say(**unclear) == ["utter_not_understood_twice", "utter_ask_scope"]
    assert talk.say(**unclear) == ["action_offer_person"]
    assert talk.view["handoff_reason"] == "misunderstood"
    assert talk.view["open_task"]["title"] == "充流量"


def test_after_the_person_the_open_question_is_asked_again(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    assert talk.say("talk_to_human") == ["action_hand_off"]
    event = ParsedMessage(event={"response": "utter_handoff_closed", "resume": True, "rate": True})
    said = ["action_offer", "utter_ask_rating_in_words", "action_offer", "utter_ask_scope"]
    assert talk.hear(event) == said
    assert talk.view["offer"]["facts"]["given"] == [{"slot": "number", "entity": "phone_number", "value": "1"}]


def test_a_notice_of_the_hall_leaves_the_open_question_open(talk: Talk) -> None:
    talk.say("topup", phone_number="1")
    assert talk.hear(ParsedMessage(event={"response": "utter_topup_succeeded"})) == ["action_offer"]
    assert talk.choose("inform", scope="n") == ["utter_ask_size"]


def test_an_action_that_says_down_ends_the_task(talk: Talk) -> None:
    talk.actions["action_eligible"] = lambda view: "down"
    assert talk.say("topup", phone_number="1", scope="n", data_mb=1) == ["action_check_number", "action_eligible"]
    assert talk.state.stack == []


def test_a_value_that_only_one_task_takes_begins_it_and_says_so(talk: Talk) -> None:
    assert talk.say("inform", "1G", data_mb=1024) == ["utter_take_it", "utter_ask_number"]
    assert talk.view["size"] == 1024


def test_a_value_in_a_story_offers_what_begins_with_it(talk: Talk) -> None:
    assert talk.say("inform", "听说隔壁老王一个月要用", 0.3, data_mb=1024) == ["action_offer"]
    assert talk.view["offer"]["choices"][0] == ("充流量", '/topup{"size": 1024}')
    talk.state.offers = [
        {"title": "充流量", "payload": '/topup{"size": 1024}'},
        {"title": "都不是", "payload": "/deny"},
    ]
    assert talk.say("affirm", "好") == ["utter_ask_number"]
    assert talk.view["size"] == 1024


def test_a_value_that_a_side_answer_takes_is_answered_at_once(talk: Talk) -> None:
    assert talk.hear(ParsedMessage(text="护照", intent="inform", confidence=0.9, entities=(("document", "护照"),))) == [
        "utter_paper"
    ]


def test_a_value_for_later_is_noted_and_the_open_question_stays(talk: Talk) -> None:
    talk.say("topup")
    assert talk.say(scope="n") == ["utter_noted", "utter_ask_number"]
    assert talk.say(phone_number="1") == ["action_check_number", "utter_ask_size"]


def test_digits_of_another_value_are_no_answer(talk: Talk) -> None:
    talk.say("topup")
    assert talk.say("inform", "1G", data_mb=1024) == ["utter_noted", "utter_ask_number"]
    assert talk.say("inform", "50块", amount_fen=5000) == ["utter_not_understood", "utter_ask_number"]


def test_another_number_with_words_around_it_corrects_the_first(talk: Talk) -> None:
    talk.view["foreign"] = True
    talk.say("topup", phone_number="1")
    parsed = ParsedMessage(
        text="错了是2", intent="inform", confidence=1.0, entities=(("phone_number", "2"),), rest="号码错了是"
    )
    assert talk.hear(parsed) == ["action_check_number", "utter_ask_again"]
    assert (talk.view["number"], talk.view["again"]) == ("2", None)


def test_breaking_off_the_proof_names_what_needed_it(talk: Talk) -> None:
    talk.say("balance")
    assert talk.say("cancel", "算了") == ["utter_dropped"]
    assert talk.view["task"] == "查话费"
    assert talk.state.stack == []


def test_a_yes_after_the_end_is_answered_as_such(talk: Talk) -> None:
    talk.say("topup", phone_number="1", scope="n", data_mb=1)
    assert talk.say("affirm", "确认") == ["action_place"]
    assert talk.say("affirm", "确认") == ["utter_already_confirmed"]
    assert talk.say("affirm", "确认") == ["utter_what_next"]


def test_a_yes_to_an_open_question_asks_it_again_or_takes_its_only_choice(talk: Talk) -> None:
    talk.say("topup")
    assert talk.say("affirm", "好") == ["utter_ask_number"]
    talk.state.offers = [{"title": "本机", "payload": '/inform{"number":"1"}'}]
    assert talk.say("affirm", "好") == ["action_check_number", "utter_ask_scope"]


def test_a_wish_without_values_is_confirmed_by_wishing_it_again(talk: Talk) -> None:
    assert talk.say("complaint") == ["utter_sorry"]
    assert talk.say("complaint") == ["action_hand_off"]


def test_a_wish_without_values_is_dropped_by_a_no(talk: Talk) -> None:
    talk.say("complaint")
    assert talk.say("deny", "不用") == ["utter_dropped"]


def test_an_outage_is_told_with_what_still_works(talk: Talk) -> None:
    def down(view: SlotView) -> str:
        view["outage"] = "bills"
        return "down"

    talk.actions["action_bill"] = down
    assert talk.say("bill", month="2026-10") == ["action_bill", "action_offer"]
    assert talk.view["offer"] == {
        "response": "utter_outage",
        "facts": {"task": "查账单", "working": ["充流量"]},
    }
