"""What people write in many ways becomes one."""

from __future__ import annotations

from pathlib import Path

from bot.nlu import homophones, sentences, vocabulary
from bot.nlu.normalise import LONGEST, align, normalise
from testing.tables import assert_table

ROOM = Path(__file__).parent

TABLE = [
    ("查话费", "查话费"),
    ("查話費", "查话费"),
    ("查 话 费", "查话费"),
    ("　查话费　", "查话费"),
    ("１３８００１３８０００", "13800138000"),
    ("138 0013 8000", "138 0013 8000"),
    ("ＣＸＹＥ", "CXYE"),
    ("充５０元", "充50元"),
    ("查话费😀", "查话费"),
    ("😀😀", ""),
    ("哈哈哈哈哈", "哈哈"),
    ("流流量", "流量"),
    ("转人工转人工转人工", "转人工"),
    ("！！！！！", "!!"),
    ("喂，我想查话费", "我想查话费"),
    ("呃我想查流量", "我想查流量"),
    ("那个帮我查一下余额", "帮我查一下余额"),
    ("就是说我想退订彩铃", "我想退订彩铃"),
    ("喂", "喂"),
    ("嗯", "嗯"),
    ("花费还有多少", "话费还有多少"),
    ("鱼额", "余额"),
    ("留量还剩多少", "流量还剩多少"),
    ("带生份证去", "带身份证去"),
    ("转克服", "转客服"),
    ("开通来点显示", "开通来电显示"),
    ("退订采铃", "退订彩铃"),
    ("实民认证", "实名认证"),
    ("我要消户", "我要销户"),
    ("宽代坏了", "宽带坏了"),
    ("用了六年了", "用了六年了"),
    ("幺三八零零幺三八零零零", "幺三八零零幺三八零零零"),
    ("星号键", "星号键"),
    ("我我我想查查话费", "我想查查话费"),
    ("我，我想查流量", "我想查流量"),
    ("话话费还剩多少", "话费还剩多少"),
    ("流量量", "流量"),
    ("停停机", "停机"),
    ("宽宽带坏了", "宽带坏了"),
    ("话费费用", "话费费用"),
    ("查一下查一下余额", "查一下余额"),
    ("这这个月账单", "这个月账单"),
    ("给我我爸充", "给我爸充"),
    ("看看话费", "看看话费"),
    ("谢谢", "谢谢"),
    ("妈妈", "妈妈"),
    ("好的好的", "好的"),
    ("上上上个月", "上上上个月"),
    ("上上个月", "上上个月"),
    ("1000000", "1000000"),
    ("二零二零年", "二零二零年"),
    ("OOOO", "OOOO"),
    ("CXLLL", "CXLL"),
    ("喂你好那个我想问一下话费还有多少", "话费还有多少"),
    ("喂喂喂听得到吗", "听得到吗"),
    ("您好请问营业厅在哪", "营业厅在哪"),
    ("请问一下怎么交话费", "怎么交话费"),
    ("你好转人工", "转人工"),
    ("你好", "你好"),
    ("喂你好", "喂你好"),
    ("你好吗", "你好吗"),
    ("请问", "请问"),
    ("我想问一下", "我想问一下"),
    ("请问你叫什么", "你叫什么"),
    ("嗯，查话费", "查话费"),
    ("我嗯想查话费", "我想查话费"),
    ("额我想查流量", "我想查流量"),
    ("余额，我想查", "余额,我想查"),
    ("查余额那个", "查余额那个"),
    ("全额就要交吗", "全额就要交吗"),
    ("[微笑]查话费[呲牙]", "查话费"),
    ("👍🏽查话费❤️", "查话费"),
    ("查话费～～～～", "查话费~~"),
    ("①", "1"),
    ("l38OO138OOO", "13800138000"),
    ("HELLO WORLD", "HELLO WORLD"),
    ("", ""),
]


def test_writes_it_one_way() -> None:
    assert_table(TABLE, normalise)


def test_is_the_same_when_done_twice() -> None:
    assert_table(((normalise(written), normalise(written)) for written, _ in TABLE), normalise)


def test_every_character_knows_where_it_stood() -> None:
    for written, _ in TABLE:
        aligned = align(written)
        assert len(aligned.origin) == len(aligned.text), written
        assert list(aligned.origin) == sorted(aligned.origin), written
        assert all(0 <= place < len(written) for place in aligned.origin), written


def test_a_very_long_message_is_read_by_its_head_and_tail() -> None:
    text = "我要投诉" + "今天" + "很不高兴" * 5000 + "转人工"
    plain = normalise(text)
    assert len(plain) <= LONGEST
    assert plain.startswith("我要投诉")
    assert plain.endswith("转人工")


def table(name: str) -> list[tuple[str, str]]:
    lines = (ROOM / name).read_text(encoding="utf-8").splitlines()
    rows = (line.partition("\t") for line in lines if not line.startswith("#"))
    return [(written, meant) for written, _, meant in rows]


MISHEARD, PINYIN = table("misheard.tsv"), table("pinyin.tsv")
ORDINARY = (ROOM / "ordinary.txt").read_text(encoding="utf-8").split("\n")


def test_a_word_of_the_domain_is_put_right() -> None:
    assert_table(MISHEARD, normalise)


def test_what_is_right_stays() -> None:
    assert_table(((meant, meant) for _, meant in MISHEARD), normalise)


def test_ordinary_sentences_come_through() -> None:
    assert_table(((sentence, sentence) for sentence in ORDINARY), homophones.restore)


def test_the_sentences_of_the_training_come_through() -> None:
    """Few are changed; what is changed keeps its sound but for one character a word, and no word of the domain goes."""
    short = [row[0] for row in vocabulary.rows("homophones.tsv")]
    texts, changed = list(dict.fromkeys(sentences.read())), 0
    for text in texts:
        restored = homophones.restore(text)
        assert len(restored) == len(text)
        assert [word for word in short if word in text and word not in restored] == []
        changed += restored != text
    assert len(texts) > 1000
    assert changed <= len(texts) * 0.03


def test_ordinary_words_are_known() -> None:
    assert {"花费", "款待", "克服", "流浪"} <= homophones.common_words.words()
    assert "留量" not in homophones.common_words.words()


def test_pinyin_of_the_domain_becomes_characters_and_english_stays() -> None:
    assert_table(PINYIN, normalise)


def test_a_value_between_pinyin_knows_where_it_stood() -> None:
    aligned = align("chong 50 huafei")
    start = aligned.text.index("50")
    assert aligned.place(start, start + 2) == (6, 8)
    assert aligned.place(0, 1)[0] == 0
    assert align("hua4fei4 chong5G").text == "话费充5G"
