"""Mandarin words and places that the dictionary of the library gets wrong, or not always right.

Readings are those of 现代汉语词典. A word is found wherever its characters
stand; a rule speaks only of a character that is no part of a longer word.
"""

from xiaolaba.core.speech.readings import rules, words

WORDS = words("""
中了奖 zhong4 le5 jiang3; 中奖 zhong4 jiang3; 中招 zhong4 zhao1; 幺 yao1; 朝阳 chao2 yang2
脏钱 zang1 qian2; 传给 chuan2 gei3; 刷空 shua1 kong1; 只走 zhi3 zou3; 得了财 de2 le5 cai2
白白地 bai2 bai2 de5; 大大地 da4 da4 de5; 满满地 man3 man3 de5; 反诈中心 fan3 zha4 zhong1 xin1
盯着 ding1 zhe5; 能行 neng2 xing2; 这种 zhe4 zhong3; 谁 shei2; 血压 xue4 ya1; 血汗 xue4 han4
查查 cha2 cha5; 大夫 dai4 fu5; 肚子 du4 zi5; 各奔东西 ge4 ben4 dong1 xi1
东西南北 dong1 xi1 nan2 bei3; 地方政府 di4 fang1 zheng4 fu3; 都会 dou1 hui4; 人参加 ren2 can1 jia1
人参与 ren2 can1 yu4; 会计划 hui4 ji4 hua4; 会计算 hui4 ji4 suan4; 得当心 dei3 dang1 xin1
别处理 bie2 chu3 li3; 大都会 da4 du1 hui4; 手机 shou3 ji1; 计算 ji4 suan4; 生活 sheng1 huo2
看着 kan4 zhe5; 拿着 na2 zhe5; 牵着 qian1 zhe5; 闭着 bi4 zhe5; 睁着 zheng1 zhe5; 握着 wo4 zhe5
拉着 la1 zhe5; 举着 ju3 zhe5; 弹窗 tan2 chuang1; 弹出 tan2 chu1; 弹框 tan2 kuang4
正当 zheng4 dang4; 正当中 zheng4 dang1 zhong1; 正当时 zheng4 dang1 shi2; 落下 luo4 xia4
用处 yong4 chu4; 难处 nan2 chu4; 好占便宜 hao4 zhan4 pian2 yi5; 看好钱 kan1 hao3 qian2
看好孩 kan1 hao3 hai2; 看好门 kan1 hao3 men2; 看好卡 kan1 hao3 ka3
长长记性 zhang3 zhang5 ji4 xing5; 差价 cha1 jia4
""")

RULES = rules(r"""
(还)(?=[钱款贷债息账完]|清(?!楚)|本金|[利本]息|信用卡) huan2
(还)(?=[房车网]贷|[花借]呗|[你我他她您]的?[钱债]) huan2
(还)(?=不(?:上(?!当)|起|了(?!解)|清(?!楚)|完)|得[起清完上]|上(?!当|了当|门|网|班)) huan2
(还)(?=[，。！？]|$) huan2
(?<=[一-鿿])(得) de5
(?:^|[，。！？我你他她它您们咱都就也须可总还真人])(得) dei3
(得)(?=[到了以出过病奖手逞款钱便名利罪知胜失]) de2
[买看找听拿见用做办碰遇赚收拦受免](得)[到了出] de5
(?:[找睡用犯够摸管]不|[找睡用犯够摸管]得)(着) zhao2
(.)\1(地)(?![方区址点铁图下上面震]) de5
(教)(?=[你我他她您咱人给大孩老]|会[你我他她]) jiao1
(中)(?=[大头]奖|圈套|病毒|木马|[彩计标毒]) zhong4
(?<![其从当手群之途家网心卡空集高初])(中)(?=了(?![解结断却无])) zhong4
[一两二三四五六七八九十百千万几这那哪每半多整](只)(?![是要有能会想不为怕需顾管剩好用认看]) zhi1
(数)(?=钱|票子|现金|一数|[着了完]钱) shu3
(看)(?=[了到见不得清出懂一就]) kan4
(看)(?=[紧住牢]) kan1
[榨掏吸抽耗晒烘风晾烤](干) gan1
(挨)(?=[骗打骂揍批饿罚宰坑冻训整]) ai2
(长)(?=[点个]?(?:记性|心眼|见识|教训|知识)) zhang3
""")
