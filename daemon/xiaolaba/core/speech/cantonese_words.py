"""Cantonese words and places that the dictionary of the library gets wrong, or not always right.

Pronunciations are those of the spoken language, as words.hk (粵典) records it;
it was not at hand to compare. A word is found wherever its characters stand, a rule's
character too; words win, and of rules the later one.
"""

from xiaolaba.core.speech.pronunciations import rules, words

WORDS = words("""
中奖 zung3 zoeng2; 中招 zung3 ziu1; 反诈中心 faan2 zaa3 zung1 sam1; 理会 lei5 wui6
着数 zoek6 sou3; 转账 zyun2 zoeng3; 转钱 zyun2 cin2; 转数 zyun2 sou3; 返转头 faan1 zyun3 tau4
打返转头 daa2 faan1 zyun3 tau4; 行返 haang4 faan1; 链接 lin6 zip3; 呃 aak1; 钱使 cin2 sai2
行长 hong4 zoeng2; 行错 haang4 co3; 银行 ngan4 hong4; 银行行长 ngan4 hong4 hong4 zoeng2
陷阱 haam6 zing6; 卡 kaat1; 卡车 kaa1 ce1; 卡通 kaa1 tung1; 关卡 gwaan1 kaa1; 卡拉 kaa1 laa1
人脸 jan4 lim5; 会坏 wui5 waai6; 唔会 m4 wui5
""")

RULES = rules(r"""
(返)(?![回还利现款佣点]) faan1
[畀攞退赔](返)现金 faan1
[往折遣](返) faan2
[睇见收揾搵借攞听赚买得估拎查识做食](到)(?![要怕]) dou2
(咁)(?=[就样先话，。！？]|$) gam2
上(?:佢哋|骗子|佢|你|我|人)嘅?(当) dong3
[一二两三四五六七八九十百千万几呢嗰边每半多成大](只)(?![要系是有能会想不为怕顾管识得好]) zek3
[睇谂问等试查打倾行做讲望玩揿估拧听](吓) haa5
(?<![恐惊受被使好会人佢你我])(?<=[一-鿿])(吓)(?![你我佢人到死亲坏唬得怕老]) haa5
""")
