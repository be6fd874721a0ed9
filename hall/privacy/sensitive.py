"""What else people write that must not be kept: cards, passwords, addresses, names, accounts elsewhere.

Nobody here needs them, so they are taken out before a message is stored; what a dialogue does need for a while (numbers
of lines, one-time codes) is not among them. Each pattern is bounded, so that no text takes long.
"""

from __future__ import annotations

import re

from hall.privacy.folding import Span

# nothing of what follows is in a text without one of these
_MAYBE = re.compile(r"[0-9@]|密\s?[码碼]|口令|叫|名|[机户]主|[件货系卡办]人|(?i:pass|pwd|mima)")

_DIGITS = re.compile(r"(?<![A-Za-z0-9])\d(?:[ \-.·_\ufe0f\u20e3]{0,2}\d){12,18}(?![ \-.·_]?\d)(?![A-Za-z])")
_CARD_WORD = re.compile(r"(?:卡号|银行卡|信用卡|储蓄卡|借记卡|[工建农中交招]行卡?|card)[^\d]{0,8}$", re.IGNORECASE)
_ORDER_WORD = re.compile(r"(?:订单|单号|流水|交易|编号|凭证)[^\d]{0,6}$")
_CARD_FIRST = re.compile(r"3[0-9]|4|5[0-9]|6[0-9]|9[0-9]|2[2-7]")
_NO_MORE = 12  # characters before a number that say what it is

_IS = (
    r"(?:[\s:=,\"'“”()\[\]\->→]|是|为|為|就是|叫|改成|改为|设为|设成|换成|设置成|设置为|设的|用的|我的|我|数字"
    r"|号|了){0,4}"
)
_TOKEN = r"[!-~]{4,32}"
_GROUPS = r"\d(?:[ \-.\ufe0f\u20e3]{0,3}\d){3,15}(?![!-~])"  # of digits, as codes are read out
_SECRET_WORD = (
    r"(?:(?<![动短][态信])(?<!随机)密\s?[码碼]|口令|(?i:password|passwd|pass ?code|pwd|mima)"
    r"|(?i:(?<![a-z])(?:p(?:in|uk)\d?码?|mm)(?![a-z])))"
)
_AFTER = re.compile(rf"{_SECRET_WORD}{_IS}(?P<token>{_GROUPS}|{_TOKEN})")
_BEFORE = re.compile(rf"(?P<token>{_TOKEN})" + r"\s?(?:就是|是)(?:我的?|你的?)?[\u4e00-\u9fff]{0,6}?" + _SECRET_WORD)
_SAID_SO = re.compile(r"是|为|為|叫|成|[:=]")
SHORTEST_SECRET = 4  # characters
_PHONE = re.compile(r"\+?(?:86)?1[3-9]\d{9}\W*")
_CVV = re.compile(
    r"(?:(?i:cvv|cvc|cvn)2?|安全码|校验位|(?:卡|背面|签名栏)的?(?:后|末)[3三]位)[\W_]{0,3}(?:是|为)?[\W_]{0,3}(\d{3,4})(?!\d)"
)
_EXPIRY = re.compile(
    r"(?:有效期|到期|(?i:exp\w{0,8}))[\W_]{0,3}(?:[是为到至])?[\W_]{0,3}(\d{2}\s?[/\-月]\s?(?:20)?\d{2})(?!\d)"
)
_MAIL = re.compile(r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][\s·.\-]?(?=[A-Za-z]{0,5}\d)[A-Za-z0-9]{5,6}"
    r"(?![A-Za-z0-9])"
)
_ACCOUNT = re.compile(
    r"(?:微信|薇信|威信|徽信|扣扣|[vV]信|(?i:wechat|weixin|wx|vx|qq))(?:[\s:=]|号码?|是|为|账号|帐号|加|(?i:id)){0,4}"
    r"(?P<token>[A-Za-z0-9_\-]{5,20})(?![A-Za-z0-9_\-])"
)
_STREET = (
    r"(?:路|街|大道|巷|胡同|[小社]区|新村|村|花园|家园|公寓|大厦|广场|苑|组|镇|乡)[东西南北中]?(?:\d{1,2}段)?\d{1,5}(?:号(?!线)|弄)"
    r"|弄\d{1,5}号(?!线)"  # 弄一弄 is none
    r"|\d{1,4}(?:栋|幢|号楼|单元)"
)
_ROOM = r"(?:[\s,\-]?[A-Za-z]?\d{1,5}(?:栋|幢|座|号楼|楼|单元|层|室|号|户)?){0,4}"
_LEADS = "在住是到址寄送去:,。;!?、\n我"
_ADDRESS = re.compile(rf"(?:{_STREET}){_ROOM}(?!\d)(?!的?(?:营业|门店|网点|代办|厅))")
_LONGEST_PLACE = 24  # characters of the names of places before it
_BIRTH = re.compile(
    r"(?P<day>(?:19|20)\d{2}\s?[年\-/.]\s?\d{1,2}\s?[月\-/.]\s?\d{1,2}[日号]?)(?=\s?(?:出生|生日|生的))"
    r"|(?:出生(?:日期|年月|于|在)?|生日)[\W_]{0,3}(?:是|为)?[\W_]{0,3}(\d{4}\s?[年\-/.]?\s?\d{1,2}\s?[月\-/.]?\s?(?:\d{1,2}[日号]?)?)"
)

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛范彭郎鲁韦昌马苗凤方俞任袁柳"
    "鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常于傅皮卞齐康伍余元卜顾孟黄穆萧尹姚邵汪祁毛狄米贝明臧戴谈宋庞熊纪舒屈项祝董梁杜"
    "阮蓝闵席季贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘缪解应宗丁宣邓郁洪包左石崔吉龚程邢裴陆荣翁荀"
    "甄曲封段焦巴牧车侯班仇甘武刘景龙叶司黎白赖乔聂曾关肖邝涂丛岳欧牟覃廖祖游习辛冉符付代尚温阎闫"
)
_TWO = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|端木|夏侯|南宫|闻人|轩辕"
_ENDS = r"(?=[\s,，.。!！?？、;；:：]|$|先生|女士|[的想要在住来帮给查充办是我]|身份|电话|手机|号码)"
_NAME = re.compile(
    r"(?:(?:我|本人)(?:的?名字)?叫|(?:我|[他她])(?:爸|妈|爷爷|奶奶|外公|外婆|老公|老婆|丈夫|妻子|儿子|女儿|孩子|哥|姐|弟|妹|爱人|朋友|同事)叫"
    r"|我姓.叫|名字[是叫]|(?:姓名|户名|[机户]主|收[件货]人|持卡人|经办人)[是为叫]?(?:我(?:爸|妈|爷爷|奶奶|老公|老婆|丈夫|妻子|儿子|女儿|哥|姐|弟|妹|爱人|朋友))?|联系人[是为叫:：])[\s:：=]{0,2}"
    rf"(?P<name>(?:{_TWO}|[{_SURNAMES}])(?:[\u4e00-\u9fff·]{{1,3}}?{_ENDS}|[\u4e00-\u9fff]{{2}}))"
)


def spans(text: str, folded: str) -> list[Span]:
    """Where such things stand in `text`; `folded` is the same text in plain digits, letters and signs."""
    if not _MAYBE.search(folded):
        return []
    found = [match.span("name") for match in _NAME.finditer(text)]
    found += [match.span("token") for match in _AFTER.finditer(folded) if _is_password(match)]
    found += [match.span("token") for match in _BEFORE.finditer(folded) if _is_password(match)]
    if any(char.isdigit() for char in folded) or "@" in folded:
        found += _numbered(folded)
        found += [_led(text, match) for match in _ADDRESS.finditer(folded)]
    return found


def _numbered(folded: str) -> list[Span]:
    cards = [match.span() for match in _DIGITS.finditer(folded) if _is_card(folded, match)]
    cvv = [match.span(1) for match in _CVV.finditer(folded)]
    found = [*cards, *cvv, *(match.span(match.lastindex or 0) for match in _BIRTH.finditer(folded))]
    if cards or cvv or "卡" in folded:
        found += [match.span(1) for match in _EXPIRY.finditer(folded)]
    if "@" in folded:
        found += [match.span() for match in _MAIL.finditer(folded)]
    found += [match.span() for match in _PLATE.finditer(folded)]
    found += [match.span("token") for match in _ACCOUNT.finditer(folded) if _is_account(match)]
    return found


def _is_card(folded: str, match: re.Match[str]) -> bool:
    """Thirteen to nineteen digits of a bank's card, by their sum or their length, unless they are of an order."""
    number = re.sub(r"\D", "", match[0])
    before = folded[max(0, match.start() - _NO_MORE) : match.start()]
    if _ORDER_WORD.search(before) or not 13 <= len(number) <= 19:
        return False
    if _CARD_WORD.search(before):
        return True
    return bool(_CARD_FIRST.match(number)) and (len(number) >= 15 or _luhn(number))


def _luhn(number: str) -> bool:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_password(match: re.Match[str]) -> bool:
    """A word that was said to be one, or has a digit; never the number of a line, nor a mark that is there already."""
    token = match["token"]
    plain = re.sub(r"[ \-.\ufe0f\u20e3]", "", token)
    if _PHONE.fullmatch(plain) or token.startswith(("[", "*")) or len(plain) < SHORTEST_SECRET:
        return False
    said = _SAID_SO.search(match[0].replace(token, "", 1)) is not None
    return said or any(char.isdigit() for char in token)


def _is_account(match: re.Match[str]) -> bool:
    token = match["token"]
    if _PHONE.fullmatch(token) or re.fullmatch(r"[Tt]\d{13}", token):
        return False
    said = re.search(r"号|是|为|加|[:=]|(?i:id)", match[0][: -len(token)]) is not None
    return said or (len(token) >= 6 and any(char.isdigit() or char == "_" for char in token))


def _led(text: str, match: re.Match[str]) -> Span:
    """With the names of places before it, and without the words that lead to it: 我住在…, 地址是…."""
    start = match.start()
    while start > max(0, match.start() - _LONGEST_PLACE) and "\u4e00" <= text[start - 1] <= "\u9fff":
        start -= 1
        if text[start] in _LEADS:
            return start + 1, match.end()
    return start, match.end()
