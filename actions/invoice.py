"""An electronic invoice: of which month or payment, to whom, confirmed, issued once."""

from __future__ import annotations

import re
from typing import Any

from actions.base import Choice, HallAction, Outcome, Say, Turn, again, end, proceed, say
from actions.look_up import is_others
from hall import documents, invoice, months, tax_number
from hall.bss.invoice import Buyer, Invoice
from hall.documents import Wanted
from hall.invoice import PAID, Already, NothingToInvoice, Offer
from hall.privacy import ID_MARK, MARK
from hall.spoken_numbers import whole

LAST_MONTHS = 2  # closed ones, offered where the month that was named cannot be invoiced
_LEAD = re.compile(
    r"^(?:(?:名字|抬头|名称)?(?:写|搞|弄|打)?(?:错了?|不对)[了吧]?[,，。\s]*)?(?:应该)?(?:发票)?(?:抬头|公司|单位|名称|名头)?(?:名称)?"
    r"(?:(?:改|换|写|开)(?:成|为|给)|是|为|写|开|叫|[:：,，\s])+"
)
_SENTENCE = re.compile(
    r"[吧呢吗么啊呀]$|[普专]票|发票|纸质|的$|^我?要|不[是要用知]|怎么|什么|多少|^(?:好|对|是|那|就)的?$"
)  # no name
_PERSON_NAMED = re.compile(
    r"^(?:开?给?)?个人(?:的|抬头|就行|就好|就可以|即可|吧)*[,，、:：\s]+(?:名字|姓名)?(?:是|叫|写)?(?=[\u4e00-\u9fff]{2,4}$)"
)
_NOBODY = re.compile(r"(?:我们?|咱们?|我们这)?的?(?:公司|单位|企业|老板)(?:的|抬头|名义)?")  # which one is not said
_ONESELF = re.compile(r"(?:个人|本人|自己|机主|我)(?:自己|本人)?(?:的|抬头|名义|名字|名称|姓名)*")
MONTHS = 12
_MONTH = re.compile(r"(?P<n>\d{1,2}|[一二三四五六七八九十]{1,2})月(?!\d)")
_MADE_WRONG = re.compile(r"(?:开|写|填|弄|搞)错|抬头(?:不对|错)|税号(?:开|写)?错")
HELP = Choice("utter_choice_person", payload="/talk_to_human")
PERSON = "个人"  # what stands on an invoice to nobody by name


class AssumeInvoiceMonth(HallAction):
    """Who names no month means the last closed one; who speaks of what was paid, the last payment."""

    name_ = "action_assume_invoice_month"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        if "invoice_link" in turn.cues and (last := turn.slots.get("invoice_last")):
            return proceed(month=last)
        if "invoice_payment" in turn.cues and (paid := await invoice.last_payment(turn.hall, turn.line.proved)):
            of = invoice.of_payment(paid)
            return proceed(month=invoice.month_of(of), invoice_of=of)
        return proceed(month=_named(turn) or _last_closed(turn))


class CheckInvoiceMonth(HallAction):
    """Whether it can be invoiced; what was invoiced before is given again."""

    name_ = "action_check_invoice_month"

    async def act(self, turn: Turn) -> Outcome:
        if is_others(turn):
            return Outcome("others", (say("utter_not_your_line"),))
        month, of = str(turn.slots["month"]), str(turn.slots.get("invoice_of") or "")
        of = of if of.startswith(PAID) and invoice.month_of(of) == month else month
        if _MADE_WRONG.search(turn.text):
            return end(Say("utter_invoice_changed", choices=(HELP,)))
        found = await invoice.offer(turn.hall, turn.line.proved, of)
        if isinstance(found, Already):
            return end(_given(turn, found.invoice, "utter_invoice_again"))
        if isinstance(found, NothingToInvoice):
            return end(_nothing(turn, found))
        return proceed(invoice_of=found.of, invoice_fen=found.amount_fen)


class TellInvoiceAmount(HallAction):
    """How much is invoiced; nothing is charged for it."""

    name_ = "action_invoice_amount"

    async def act(self, turn: Turn) -> Outcome:
        known = turn.slots.get("invoice_of") and turn.line.level
        return proceed(say("utter_invoice_amount", offer=_offer(turn)) if known else say("utter_invoice_free"))


class AskInvoiceTitle(HallAction):
    """Asks to whom it is made out, with what is invoiced."""

    name_ = "action_ask_invoice_title"

    async def act(self, turn: Turn) -> Outcome:
        asked = say("utter_ask_invoice_title", offer=_offer(turn))
        special = re.search(r"专票|专用发票|增值税专", turn.text) is not None
        paper = re.search(r"纸质?的|纸质|邮寄|寄给", turn.text) is not None
        told = [
            say(one) for one, is_asked in (("utter_invoice_kinds", special), ("utter_invoice_mail", paper)) if is_asked
        ]
        return proceed(*told, asked)


class CheckInvoiceTitle(HallAction):
    """Whether it is a title, and of what kind: a company has a tax number."""

    name_ = "action_check_invoice_title"

    async def act(self, turn: Turn) -> Outcome:
        title = _LEAD.sub("", str(turn.slots["invoice_title"]).strip()).strip("“”\"' 。.")
        title = _PERSON_NAMED.sub("", title)
        if MARK in title or ID_MARK in title:
            return again(say("utter_invoice_title_masked"))
        title = PERSON if _ONESELF.fullmatch(title) else title
        kind = invoice.kind_of_title(title)
        if kind is None or _NOBODY.fullmatch(title) or (kind == "person" and _SENTENCE.search(title)):
            return again(say("utter_invoice_title_whose", company="司" in title or "单位" in title or "企业" in title))
        return proceed(invoice_title=title, invoice_kind="company" if turn.slots.get("tax_number") else kind)


class CheckTaxNumber(HallAction):
    """Whether a company's tax number is one, by its length, characters and check digit."""

    name_ = "action_check_tax_number"

    async def act(self, turn: Turn) -> Outcome:
        typed = str(turn.slots["tax_number"])
        if "no_tax_number" in turn.cues:
            if "税号" in typed and not re.search(r"个人|自己", typed):
                return again(say("utter_tax_number_none"))
            return again(invoice_title=PERSON, invoice_kind="person")  # for oneself: no number is asked for
        if MARK in typed or ID_MARK in typed:
            return again(say("utter_tax_number_masked"))
        number = tax_number.normal(re.sub(r"^[^0-9A-Za-z０-９Ａ-Ｚ]+", "", typed))
        if fault := tax_number.fault(number):
            return again(say("utter_tax_number_wrong", fault=fault, length=len(number)))
        return proceed(tax_number=number)


class ConfirmInvoice(HallAction):
    """Shows what will be issued, to be confirmed."""

    name_ = "action_confirm_invoice"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_invoice_confirm", offer=_offer(turn), buyer=_buyer(turn)))


class IssueInvoice(HallAction):
    """Issues it; again it finds the first one."""

    name_ = "action_issue_invoice"

    async def act(self, turn: Turn) -> Outcome:
        of = str(turn.slots["invoice_of"])
        found = await invoice.issue(turn.hall, turn.line.proved, of, _buyer(turn), turn.key)
        if isinstance(found, NothingToInvoice):
            return end(_nothing(turn, found))
        return proceed(_given(turn, found, "utter_invoice_issued"), invoice_last=invoice.month_of(of))


class InvoiceLinkRule(HallAction):
    """When the invoice is there, and how long its link can be opened."""

    name_ = "action_invoice_link_rule"

    async def act(self, turn: Turn) -> Outcome:
        return proceed(say("utter_invoice_link_rule", days=turn.hall.policy.verification.invoice_link.days))


def _given(turn: Turn, found: Invoice, answer: str) -> Say:
    """An invoice with a new link to it."""
    lasts = turn.hall.policy.verification.invoice_link
    wanted = Wanted("invoice", found.msisdn, found.number, turn.conversation, turn.key)
    link = documents.link(turn.hall, turn.unit, wanted, lasts)
    facts = {"invoice": found, "month": invoice.month_of(found.of), "paid": found.of.startswith(PAID)}
    return say(answer, **facts, link=link, days=lasts.days)


def _nothing(turn: Turn, found: NothingToInvoice) -> Say:
    last = _last_closed(turn)
    closed = [month for month in (last, months.shift(last, 1 - LAST_MONTHS)) if month != found.month]
    choices = [_of_month(month) for month in closed] if found.reason in ("open", "future", "several", "unclear") else []
    return Say("utter_invoice_nothing", {"nothing": found}, tuple(choices))


def _of_month(month: str) -> Choice:
    payload = f'/get_invoice{{"month":"{month}"}}'
    return Choice("utter_choice_invoice_month", facts={"month": month}, payload=payload)


def _offer(turn: Turn) -> Offer:
    slots: dict[str, Any] = turn.slots
    return Offer(str(slots["invoice_of"]), str(slots["month"]), int(slots["invoice_fen"]))


def _buyer(turn: Turn) -> Buyer:
    company = turn.slots.get("invoice_kind") == "company"
    return Buyer(str(turn.slots["invoice_title"]), str(turn.slots["tax_number"]) if company else "")


def _named(turn: Turn) -> str | None:
    """The month that the words name where they ask, too: 有发票吗，开9月的."""
    match = _MONTH.search(turn.text)
    number = whole(match["n"]) if match else 0
    now = months.of(turn.hall.clock.now())
    if not 1 <= number <= MONTHS:
        return None
    return f"{int(now[:4]) - (number > int(now[5:]))}-{number:02d}"


def _last_closed(turn: Turn) -> str:
    return months.shift(months.of(turn.hall.clock.now()), -1)
