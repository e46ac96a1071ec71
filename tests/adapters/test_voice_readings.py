"""What single words sound like in a sentence; each line once was, or easily is, read wrong."""

from pathlib import Path

import pytest
import ToJyutping

from xiaolaba.adapters import cantonese, mandarin
from xiaolaba.cli.rhymes.fronts import CMN, unsure
from xiaolaba.core.rhyme import Reading
from xiaolaba.core.speech.text import normalise
from xiaolaba.core.speech.traditional import simplified, traditional
from xiaolaba.core.units import Language, RhymeId
from xiaolaba.settings.rhymes import load_rhymes

MANDARIN = """
老人参加讲座 参加 can1 jia1; 本人参与 参与 can1 yu4; 看着手机 着手机 zhe5 shou3 ji1
拿着手机 着手机 zhe5 shou3 ji1; 牵着手 着手 zhe5 shou3; 人人都会被骗 都会 dou1 hui4
骗子会计算 会计算 hui4 ji4 suan4; 他会计划 会计划 hui4 ji4 hua4; 可得当心 得当心 dei3 dang1 xin1
首都会议 都会 du1 hui4
别处理 别处理 bie2 chu3 li3; 别处去看 别处 bie2 chu4; 会计来了 会计 kuai4 ji4
买人参 人参 ren2 shen1; 骗子着手行骗 着手 zhuo2 shou3; 去大都会 都会 du1 hui4

借钱不还 还 huan2; 还不上钱 还 huan2; 欠债要还，不还不行 还 huan2; 谁来还？ 还 huan2
慢慢还 还 huan2; 分期还 还 huan2; 替你还 还 huan2; 还利息 还 huan2; 还你钱 还 huan2
还清了 还 huan2; 还上了贷款 还 huan2; 还房贷 还 huan2; 还不起 还 huan2
还款 还款 huan2 kuan3; 还得小心 还得 hai2 dei3; 还得清 还得 huan2 de5
对付款人 对付款 dui4 fu4 kuan3
打发票 发票 fa1 piao4; 手中彩票 中 zhong1; 年中计划 中 zhong1; 中毒了 中 zhong4
电脑中病毒 中 zhong4; 突然地 地 di4; 突然地说 地 de5
还不了解 还 hai2; 还不清楚 还 hai2; 还不上当 还 hai2; 还有人信 还 hai2; 你还信他 还 hai2
得防骗 得 dei3; 你得小心 得 dei3; 你也得问清 得 dei3; 必须得查 得 dei3
骗得精光 得 de5; 输得精光 得 de5; 急得哭 得 de5; 看得清 得 de5; 他得到钱 得 de2
他得了病 得 de2; 都得到了 得 de2
中大奖 中 zhong4; 中圈套 中 zhong4; 中了病毒 中 zhong4; 家中了无牵挂 中 zhong1
从中了解 中 zhong1; 弹窗 弹 tan2; 弹出广告 弹 tan2; 数钱 数 shu3; 多数钱被骗 数 shu4
两只手 只 zhi1; 这只股票 只 zhi1; 这只是骗局 只 zhi3; 一只要价高 只 zhi1; 只要一次 只 zhi3
找不着 着 zhao2; 睡不着 着 zhao2; 不着急 着急 zhao2 ji2

挨骗 挨 ai2; 挨了骗 挨 ai2; 挨家去说 挨 ai1; 都得知道 得 dei3; 都得到了 得 de2
学生活动 学生 xue2 sheng5; 先生成二维码 先生成 xian1 sheng1 cheng2; 大人教小孩 教 jiao1
 教你赚钱 教 jiao1; 教会你投资 教会 jiao1 hui4; 教育孩子 教 jiao4
慢慢地骗 地 de5; 好好地想 地 de5; 白白地丢 地 de5; 大地震 地 di4; 到当地去 地 di4
看紧钱包 看 kan1; 看住钱袋 看 kan1; 看牢 看 kan1; 看好钱包 看 kan1; 看一看 看 kan4
榨干 干 gan1; 掏干 干 gan1; 能干 干 gan4; 补差额 差 cha1; 正当兼职 正当 zheng4 dang4
好占便宜 好占便宜 hao4 zhan4 pian2 yi5; 落下病根 落 luo4; 用处 处 chu4; 难处 处 chu4
长长记性 长长记性 zhang3 zhang5 ji4 xing5; 闭着眼 着眼 zhe5 yan3
看著屏幕 著 zhe5; 拿著手機 著 zhe5; 著名專家 著 zhu4; 名著 著 zhu4; 顯著 著 zhu4

朋友东西和消息 朋友东西和消息 peng2 you5 dong1 xi5 he2 xiao1 xi5
名字时候要清楚 名字时候要清楚 ming2 zi5 shi2 hou5 yao4 qing1 chu5
爸爸妈妈想想看 爸爸妈妈想想 ba4 ba5 ma1 ma5 xiang3 xiang5
麻烦 烦 fan5; 商量 量 liang5; 糊涂 涂 tu5; 明白 白 bai5; 认识 识 shi5; 事情 情 qing5
亲戚 戚 qi5; 姑娘 娘 niang5; 厉害 害 hai5; 老实 实 shi5; 多少 少 shao5; 手里 里 li5
奶奶 奶奶 nai3 nai5; 查查 查查 cha2 cha5; 小朋友 朋友 peng2 you5; 朋友們 朋友們 peng2 you5 men5
大家得小心 得 dei3; 群众得注意 得 dei3; 业主得看紧 得 dei3; 遇事得冷静 得 dei3; 变得小心 得 de5
难处理 难处理 nan2 chu3 li3; 不用处理 处 chu3; 正当你转账 正当 zheng4 dang1; 正当你们 当 dang1
正当大家 当 dang1; 正当理由 当 dang4
地方政府 地方 di4 fang1; 各奔东西 东西 dong1 xi1; 公里 里 li3; 说说笑笑 说说 shuo1 shuo1
"""

CANTONESE = """
女儿离开工厂，几多钱都会赢 女儿离开工厂 neoi5 ji4 lei4 hoi1 gung1 cong2
几多钱都会赢 几多钱都会赢 gei2 do1 cin2 dou1 wui5 jeng4
高价计划，因为唔合适 高价计划 gou1 gaa3 gai3 waak6; 因为唔合适 因为唔合适 jan1 wai6 m4 hap6 sik1
几个 几 gei2; 几万 几 gei2; 十几万 几 gei2; 几时 几 gei2; 茶几 几 gei1
特价 价 gaa3; 低价 价 gaa3; 平价 价 gaa3; 讲价 价 gaa3; 就会 会 wui5; 将会 会 wui5
会畀人呃 会 wui5; 开会 会 wui2; 恐吓 吓 haak3; 吓你 吓 haak3; 为咗 为 wai6; 为你 为 wai6
划款 划 waak6; 达到 达 daat6; 扩大 扩 kwong3; 柜员机 柜 gwai6; 断网 断 tyun5
胜算 胜 sing3; 根据 据 geoi3; 网购 购 kau3; 购物 购 kau3; 一只 只 zek3; 只系 只 zi2
打嚟就要听 听 teng1; 请佢 请 ceng2; 好惊 惊 geng1; 儿子 儿子 ji4 zi2
个样又似 样 joeng6; 吓到你 吓 haak3; 睇吓先 吓 haa5
心里面 里 leoi5; 三公里 里 lei5; 树干 干 gon3; 饼干 干 gon1; 轻松 松 sung1; 松树 松 cung4
手表 表 biu1; 代表 表 biu2; 存折 折 zip3; 打折 折 zit3; 萝卜 卜 baak6; 忧郁 郁 wat1
唔好郁 郁 juk1; 呼吁 吁 jyu6; 雇佣 佣 jung4; 佣金 佣 jung2; 重复 复 fuk1; 恢复 复 fuk6
心脏 脏 zong6; 肮脏 脏 zong1

攞返先 返 faan1; 打返畀佢 返 faan1; 畀返你 返 faan1; 追返钱 返 faan1; 行返原路 返 faan1
返屋企 返 faan1; 返利 返 faan2; 返还 返 faan2; 返现金 返 faan2; 畀返现金你 返 faan1; 往返 返 faan2
睇到 到 dou2; 借到钱 到 dou2; 改得到 到 dou2; 收到 到 dou2; 见到 到 dou2; 揾到 到 dou2
讲到钱 到 dou3; 扮到真 到 dou3; 呃到怕 到 dou3; 到时 到 dou3
咁就 咁 gam2; 咁样 咁 gam2; 咁多 咁 gam3; 上佢当 当 dong3; 上当 当 dong3; 当心 当 dong1
收卡 卡 kaat1; 医保卡 卡 kaat1; 卡号 卡 kaat1; 喺你卡度 卡 kaat1; 卡车 卡 kaa1; 卡通 卡 kaa1
人脸识别 人脸识别 jan4 lim5 sik1 bit6; 别人 别 bit6; 特别 别 bit6; 分别 别 bit6; 别处 别处 bit6 cyu3
闹别扭 别 bit3; 干净 干净 gon1 zeng6; 余额 额 ngaak2; 只身 只 zek3; 斗气 斗 dau3; 松开 松 sung1
借口 借 zik6; 松鼠 松 cung4; 什么 什 sam6; 并且 并 bing6; 合并 并 ping3; 后门 门 mun2
强制 强 koeng5
"""

ROOT = Path(__file__).parents[2]
YUE = Language("yue")
SHIPPED = load_rhymes(ROOT / "audio" / "rhymes")
ALSO_ANOTHER_WORD = set("宁里么")
"""Read by the library alone as the traditional characters that look like them."""
TRADITIONAL = (ROOT / "tests" / "data" / "traditional.txt").read_text(encoding="utf-8")


def sounds(reading: Reading) -> tuple[str, ...]:
    return cantonese.jyutping(normalise(reading.text, YUE), reading.say)


def told(table: str) -> list[tuple[str, str, str]]:
    """Return (text, a part of it, the part's sounds) of every entry."""
    entries = (entry.split(maxsplit=2) for entry in table.replace("\n", ";").split(";"))
    return [(entry[0], entry[1], entry[2]) for entry in entries if entry]


def part(text: str, sounds: tuple[str, ...], wanted: str) -> str:
    """Return the sounds of a part of a text without letters and digits."""
    assert len(sounds) == len(text)
    start = text.index(wanted)
    return " ".join(sounds[start : start + len(wanted)])


@pytest.mark.parametrize(("text", "word", "said"), told(MANDARIN))
def test_a_mandarin_word_is_read_right_in_its_sentence(text, word, said):
    assert part(text, mandarin.pinyin(text), word) == said


@pytest.mark.parametrize(("text", "word", "said"), told(CANTONESE))
def test_a_cantonese_word_is_read_right_in_its_sentence(text, word, said):
    assert part(text, cantonese.jyutping(text), word) == said


def test_of_several_traditional_forms_the_one_that_sounds_as_usual_is_looked_up():
    forms: dict[str, list[str]] = {}
    for form in map(chr, range(0x4E00, 0xA000)):
        forms.setdefault(simplified(form), []).append(form)
    several = {plain for plain, own in forms.items() if len(own) > 2} - ALSO_ANOTHER_WORD
    found = {plain: cantonese.jyutping(traditional(plain)) for plain in several}

    assert len(several) > 100
    assert found == {plain: tuple(ToJyutping.get_jyutping_list(plain)[0][1:]) for plain in several}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("开会计费", "会"),
        ("家人参赛", "参"),
        ("那教会来", "教"),
        ("挨着他", "挨着"),
        ("地在哪", "地"),
        ("首都会议", ""),
        ("上网得挂号，手机得换", "得得"),
        ("吓得你转账，说得急，还得清，骗得精光", ""),
        ("骗子会计算，老人参加讲座", ""),
        ("借钱不还，教你赚钱，看紧钱包", ""),
    ],
)
def test_what_two_words_or_none_tell_is_asked_about(text, asked):
    assert "".join(text[at] for at in unsure(text, CMN, ())) == asked


@pytest.mark.parametrize(("name", "text"), [line.split() for line in TRADITIONAL.splitlines()])
def test_a_shipped_rhyme_sounds_the_same_in_traditional_characters(name, text):
    reading = SHIPPED[RhymeId(name)].reading(YUE)

    assert reading
    assert simplified(text) == simplified(reading.text)
    assert sounds(Reading(YUE, text, reading.say)) == sounds(reading)


def test_a_traditional_text_sounds_the_same_in_simplified_characters():
    for rhyme in load_rhymes(ROOT / "tests" / "bench" / "speech").values():
        reading = rhyme.reading(YUE)

        assert reading
        assert sounds(Reading(YUE, simplified(reading.text), reading.say)) == sounds(reading)
