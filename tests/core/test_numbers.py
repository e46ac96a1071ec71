"""How each kind of number is read, and which are told apart from telephone numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaolaba.core.speech.numbers import telephones
from xiaolaba.core.speech.text import normalise
from xiaolaba.core.units import Language

CMN, YUE = Language("cmn"), Language("yue")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("2月14日情人节，第2次转账", "二月十四日情人节，第二次转账", id="a holiday"),
        ("2027年2月1日", "二零二七年二月一日"),
        ("2月份", "二月份"),
        ("2个月", "两个月"),
        ("第2条、第2步、第2名、第2天", "第二条，第二步，第二名，第二天"),
        ("第2个人和2个人", "第二个人和两个人"),
        ("第1、2次转账", "第一，二次转账"),
        ("第2-3天", "第二到三天"),
        ("2-3月", "二到三月"),
        ("2年级2年", "二年级两年"),
        ("第110条", "第一百一十条"),
    ],
)
def test_a_second_and_the_second_month_are_not_two_of_something(written, said):
    assert normalise(written, CMN) == said
    assert normalise(written, YUE) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("日日揾300蚊", "日日揾三百蚊"),
        ("交1000蚊", "交一千蚊"),
        ("100美元", "一百美元"),
        ("300户", "三百户"),
        ("3000多元", "三千多元"),
        ("200余万元", "二百余万元"),
        ("500港币，200单，100笔，600秒", "五百港币，二百单，一百笔，六百秒"),
        ("500克，100米，3000积分，500左右", "五百克，一百米，三千积分，五百左右"),
        ("一天赚500", "一天赚五百"),
        ("投1000返1200", "投一千返一千二百"),
        ("损失300多亿", "损失三百多亿"),
        ("共10000或12000", "共一万或一万二千"),
        ("12345元，98765蚊", "一万二千三百四十五元，九万八千七百六十五蚊"),
        ("骗走12345", "骗走一万二千三百四十五"),
        ("打款12345，余额98765", "打款一万二千三百四十五，余额九万八千七百六十五"),
        ("赚了120", "赚了一百二十"),
        ("120公里，110多人，110美元", "一百二十公里，一百一十多人，一百一十美元"),
        ("来电3000多起", "来电三千多起"),
        ("揾300幾萬", "揾三百幾萬"),
        ("損失2萬，共2單，110個", "損失两萬，共两單，一百一十個"),
    ],
)
def test_an_amount_is_a_number_whatever_it_counts(written, said):
    assert normalise(written, CMN) == said
    assert normalise(written, YUE) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("打12381", "打幺二三八幺"),
        ("电话500，热线：400", "电话五零零，热线，四零零"),
        ("電話500", "電話五零零"),
        ("验证码是8888，尾号88", "验证码是八八八八，尾号八八"),
        ("拨400-800-1234或0755 8888 6666", "拨四零零八零零幺二三四或零七五五八八八八六六六六"),
        ("13800138000来电", "幺三八零零幺三八零零零来电"),
        ("4008001200", "四零零八零零幺二零零"),
        ("007开头", "零零七开头"),
        ("00开头，95号段，400电话", "零零开头，九五号段，四零零电话"),
        ("+86来电，+852开头", "八六来电，八五二开头"),
        ("+86 138 0013 8000", "八六幺三八零零幺三八零零零"),
        ("打110，120也行", "打幺幺零，幺二零也行"),
        ("96110人人记，110天天在", "九六幺幺零人人记，幺幺零天天在"),
        ("96110/110", "九六幺幺零，幺幺零"),
        ("110—24小时接", "幺幺零，二十四小时接"),
        ("110-24小时接", "幺幺零，二十四小时接"),
        ("打110部门多", "打幺幺零部门多"),
        ("315晚会，618大促", "三幺五晚会，六幺八大促"),
        ("A380，AB1234，1v1", "A三八零，AB幺二三四，一V一"),
        ("170/171号段，400、95开头", "幺七零，幺七幺号段，四零零，九五开头"),
        ("冒充95588，QQ群12345", "冒充九五五八八，QQ群幺二三四五"),
        ("123456789012345678", "幺二三四五六七八九零幺二三四五六七八"),
    ],
)
def test_a_telephone_number_or_a_code_is_read_digit_by_digit(written, said):
    assert normalise(written, CMN) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("损失1，000元", "损失一千元"),
        ("损失１，０００元", "损失一千元"),
        ("损失198，650元", "损失十九万八千六百五十元"),
        ("转账1,234", "转账一千二百三十四"),
        ("骗1，234.5元", "骗一千二百三十四点五元"),
        ("一共100，000", "一共十万"),
        ("拨打110，300元保住", "拨打幺幺零，三百元保住"),
        ("拨打110,300元保住", "拨打幺幺零，三百元保住"),
        ("骗走110,300元", "骗走十一万零三百元"),
        ("96110，110元", "九六幺幺零，一百一十元"),
        ("1,000-3,000元", "一千到三千元"),
        ("200，300元都有", "二百，三百元都有"),
    ],
)
def test_a_comma_groups_digits_in_either_width_where_it_cannot_be_a_pause(written, said):
    assert normalise(written, CMN) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2点，下午2点", "两点，下午两点"),
        ("2点30分到12点", "两点三十分到十二点"),
        ("2单2笔2部2家2蚊", "两单两笔两部两家两蚊"),
        ("2招2手2号2日", "两招二手二号二日"),
        ("90后00后10后", "九零后零零后一零后"),
        ("00後", "零零後"),
        ("20后面", "二十后面"),
        ("80、90后，70-80后", "八零，九零后，七零到八零后"),
        ("2026-2027学年", "二零二六到二零二七学年"),
        ("1+1等于2", "一加一等于二"),
        ("1+1=2", "一加一等于二"),
        ("微信+支付宝", "微信加支付宝"),
        ("10万+，100+人", "十万多，一百多人"),
        ("10点～12点", "十点到十二点"),
        ("3—5天", "三到五天"),
        ("3–5天，3——5天，3〜5天", "三到五天，三到五天，三到五天"),
        ("2~3个人", "两到三个人"),
        ("2至3天", "两至三天"),
        ("1万-3万元", "一万到三万元"),
        ("8月1日—8月3日", "八月一日到八月三日"),
        ("日赚300-500", "日赚三百到五百"),
        ("10000-50000元", "一万到五万元"),
        ("50-80%", "百分之五十到百分之八十"),
        ("22:00~6:00", "二十二点到六点"),
        ("10万元—3天内", "十万元，三天内"),
        ("别信—3个字", "别信，三个字"),
        ("7×24小时", "七乘二十四小时"),
        ("HK$500，US$20，$100，€5，RMB7", "五百港元，二十美元，一百美元，五欧元，七元"),
        ("微信/支付宝", "微信，支付宝"),
        ("05", "零五"),
        ("0.5元", "零点五元"),
        ("300元/天，1万/月", "三百元每天，一万每月"),
        ("2027新年", "二零二七新年"),
        ("110/120", "幺幺零，幺二零"),
    ],
)
def test_hours_decades_sums_ranges_and_signs_are_read_as_one_says_them(written, said):
    assert normalise(written, CMN) == said


def test_cantonese_says_two_days_and_dollars_in_its_own_way():
    assert normalise("2日内，2月2日，$500，90后", YUE) == "两日内，二月二日，五百蚊，九零后"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("打12381求助", ["12381"]),
        ("拨 400-600-1234", ["400-600-1234"]),
        ("打“123”吧", ["123"]),
        ("９６１１０、110、119", ["96110", "110", "119"]),
        ("損失1，000元，一天赚500，5000多元，110元，第119条", []),
        ("验证码123456，尾号1234，00开头，400电话，+852来电", []),
        ("2027年2月1日8:30，50%-80%，1/2，618大促", []),
        ("+86 138 0013 8000", ["+86 138 0013 8000"]),
        ("www.12381.cn", []),
    ],
)
def test_only_telephone_numbers_are_taken_for_such(text, found):
    assert [own[0] for own in telephones(text)] == found


NUMBERS = st.lists(
    st.sampled_from([*"0123456789,，.-~—+:：/=第年月日点元蚊万个多后打A、至", "110"])
).map("".join)


@given(NUMBERS, st.sampled_from([CMN, YUE]))
def test_no_digit_is_left_and_what_is_said_stays_so(text, language):
    said = normalise("别" + text, language)

    assert not any(character.isdigit() for character in said)
    assert normalise(said, language) == said


@given(NUMBERS)
def test_a_telephone_number_is_found_where_it_stands(text):
    for found in telephones(text):
        assert len(found.string) == len(text)
        assert sum(character.isdigit() for character in found[0]) >= 3
