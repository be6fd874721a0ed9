"""A sentence that comes in several messages: 我想 / 给我妈的手机 / 充 / 50块钱.

While nothing is open, a message that is only the beginning of a sentence is kept in the focus. The next one is
understood together with it: bot/engine/engine.py understands the whole as well, and takes it where it is a wish.
"""

from __future__ import annotations

import re

from bot.dialogue.state import ParsedMessage, State

MOST = 5  # beginnings that are kept
BARE = 3  # characters of a mere name
SURE = 0.5  # confidence from which a message means a wish by itself
LONGEST = 12  # characters of a message that may be one
_WANTS = r"(?:我|俺|咱)?(?:就|是|还|现在)?(?:想要?|要|需要|打算|准备)?"
_FOR = (
    r"(?:给|帮|替|为)(?:我|俺|咱)?(?:们)?(?:家|那)?(?:的)?"
    r"(?:老婆|老公|爱人|媳妇|爸爸?|妈妈?|父亲|母亲|儿子|女儿|闺女|孩子|哥哥?|姐姐?|弟弟?|妹妹?|爷爷|奶奶|外公|外婆|姥姥|姥爷"
    r"|朋友|同事|同学|老师|家里人?|对象|女友|男友|他|她|人家|自己)?的?(?:手机号?|号码?|电话|卡)?"
)
_DO = r"(?:充值?|冲|交|缴|查|办理?|买|开通?|弄|来|问|咨询|打听)?(?:一下|下|一?个|点|些|件?事|个事)?"
_BEGINNING = re.compile(rf"(?:你好|您好|那个|就是|嗯|麻烦|请)?[,，]?{_WANTS}(?:{_FOR})?{_DO}[,，。.…~ ]*")
_SAYS_IT = re.compile(r"想|要|给|帮|替|为|打算|需要|充|冲|交|缴|查|办|买|弄|问|咨询")


def is_piece(text: str) -> bool:
    """Whether a text is the beginning of a sentence and nothing more."""
    plain = text.strip()
    return len(plain) <= LONGEST and bool(_SAYS_IT.search(plain)) and _BEGINNING.fullmatch(plain) is not None


def is_bare(text: str) -> bool:
    """Whether a text names a thing and nothing of what is to be done with it: 流量, after 帮我充."""
    return len(text.strip()) <= BARE and _SAYS_IT.search(text) is None


def whole(state: State, text: str) -> str:
    """The text with the beginnings that came before it; "" when there are none, or a question is open."""
    before = [] if state.stack or state.question else state.focus.beginnings()
    return "".join([*before, text.strip()]) if before and len(text) <= 4 * LONGEST else ""


def keep(state: State, parsed: ParsedMessage) -> bool:
    """A pattern: keeps a beginning, and says that the rest is waited for."""
    goes_on = parsed.intent == state.focus.topic and parsed.confidence >= SURE  # with what was just spoken of
    if state.top is not None or parsed.chosen or parsed.command or goes_on or not is_piece(parsed.text):
        state.focus.pieces = []
        return False
    state.focus.pieces = [*state.focus.pieces, parsed.text.strip()][-MOST:]
    state.then("utter_go_on")
    return True
