"""To whom an invoice is made out: 抬头…, 税号…; names of companies where a message is of invoices or nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.nlu.values import Found

TITLE, TAX_NUMBER = "invoice_title", "tax_number"
_ABOUT = re.compile(r"抬头|发票|开票|税|公司|单位|店|厂")
_NAME = r"[\u4e00-\u9fffA-Za-z0-9()·&.\-]"
_ENDS = r"(?:公司|集团|事务所|合作社|工作室|经营部|门市部|服务部|安装部|商行|商店|超市|酒店|饭店|餐厅|诊所|中心|[店厂])"
_LED = re.compile(
    rf"(?:抬头|名头)(?:[是为写开用叫填给就:\s]|改[成为]|换[成为]|名称)*(?P<name>{_NAME}{{2,40}})"
    rf"|(?:开给|(?:公司|单位|企业)的?(?:名称|名字|全称|名)?[是叫为:]+|(?:公司|单位|企业)的?(?:名称|名字|全称)\s*)(?P<given>{_NAME}{{2,40}})"
)
_FOR = re.compile(rf"(?:[给为替]|按)(?P<name>{_NAME}{{2,30}}?{_ENDS})(?=开|出|的名义|$)")
_WHOLE = re.compile(rf"{_NAME}{{4,36}}{_ENDS}")
_BEFORE_NUMBER = re.compile(
    rf"(?P<name>{_NAME}{{2,34}}?{_ENDS})[,\s]*(?:税号[是为:\s]*)?(?=[0-9A-Za-z]{{15,20}}(?![0-9A-Za-z]))"
)
_ONESELF = re.compile(r"(?P<name>个人)(?=的?(?:抬头|名义|发票))")
_NO_NAME = re.compile(
    r"^(?:怎么|什么|啥|谁|能|可以|可不可|是不是|错|不对|要|有没有|信息|哪|和|的|发票|税号|个人发票|我的?$|(?:我们?)?(?:公司|单位|企业)$)"
    r"|[吗呢么]$|^(?:中国)?(?:移动|联通|电信|广电)(?:公司)?$"
)
_WISH = re.compile(r"(?:发票|电子票|开票)(?=.{4})")
_TAX_LED = re.compile(
    r"(?:税号|识别号|信用代码|税务登记[号证]?)(?:[是为:\s]|号码)*(?P<n>[0-9A-Za-z](?:[ \-]?[0-9A-Za-z]){5,23})"
)
_TAX_BARE = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Za-z]{18}|[1-9][0-9]{14}|[1-9][0-9]{19})(?![0-9A-Za-z])")


def find(text: str) -> Iterator[Found]:
    """Titles and tax numbers of a normalised text."""
    yield from _tax_numbers(text)
    if not _ABOUT.search(text):
        return
    led = (
        _LED.search(text) or _FOR.search(text)
        if re.search(r"抬头|名头|发票|开票|税号|公司名|(?:公司|单位|企业)(?:名?[叫是]|全称)|开给", text)
        else None
    )
    found = led or _BEFORE_NUMBER.match(text) or _ONESELF.search(text) or _WHOLE.fullmatch(text)
    if found is None:
        return
    group = next((name for name, value in found.groupdict().items() if value), 0)
    (start, end), value = found.span(group), found[group]
    asked = max((match.end() for match in _WISH.finditer(value)), default=0)  # 给我们开张发票昆明…公司
    start, value = start + asked, value[asked:]
    if value and not _NO_NAME.search(value):
        yield Found(TITLE, value, start, end)


def _tax_numbers(text: str) -> Iterator[Found]:
    for match in _TAX_LED.finditer(text):
        yield Found(TAX_NUMBER, match["n"], *match.span("n"))
        return
    for match in _TAX_BARE.finditer(text):
        if sum(char.isdigit() for char in match[0]) >= 8:
            yield Found(TAX_NUMBER, match[0], *match.span())
            return
