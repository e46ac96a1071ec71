"""Mandarin words and places that the dictionary of the library gets wrong, or not always right.

Pronunciations are meant to be those of 现代汉语词典; no copy was at hand to compare.
A text is cut into words first; a rule speaks only of a character that is then
by itself, and a later rule wins.
"""

from xiaolaba.core.speech.pronunciations import rules, words

WORDS = words("""
中了奖 zhong4 le5 jiang3; 中奖 zhong4 jiang3; 中招 zhong4 zhao1; 幺 yao1; 朝阳 chao2 yang2
脏钱 zang1 qian2; 传给 chuan2 gei3; 刷空 shua1 kong1; 只走 zhi3 zou3; 得了财 de2 le5 cai2
白白地 bai2 bai2 de5; 大大地 da4 da4 de5; 满满地 man3 man3 de5; 反诈中心 fan3 zha4 zhong1 xin1
盯着 ding1 zhe5; 能行 neng2 xing2; 这种 zhe4 zhong3; 谁 shei2; 血压 xue4 ya1; 血汗 xue4 han4
查查 cha2 cha5; 大夫 dai4 fu5; 肚子 du4 zi5; 各奔东西 ge4 ben4 dong1 xi1
东西南北 dong1 xi1 nan2 bei3; 地方政府 di4 fang1 zheng4 fu3; 都会 dou1 hui4; 人参加 ren2 can1 jia1
人参与 ren2 can1 yu4; 会计划 hui4 ji4 hua4; 会计算 hui4 ji4 suan4; 得当心 dei3 dang1 xin1
别处理 bie2 chu3 li3; 大都会 da4 du1 hui4; 看着 kan4 zhe5; 拿着 na2 zhe5; 牵着 qian1 zhe5
闭着 bi4 zhe5; 睁着 zheng1 zhe5; 握着 wo4 zhe5; 拉着 la1 zhe5; 举着 ju3 zhe5; 弹窗 tan2 chuang1
弹出 tan2 chu1; 弹框 tan2 kuang4; 正当 zheng4 dang4; 正当中 zheng4 dang1 zhong1
正当时 zheng4 dang1 shi2; 落下 luo4 xia4; 用处 yong4 chu4; 难处 nan2 chu4
好占便宜 hao4 zhan4 pian2 yi5; 看好钱 kan1 hao3 qian2; 看好孩 kan1 hao3 hai2
看好门 kan1 hao3 men2; 看好卡 kan1 hao3 ka3; 长长记性 zhang3 zhang5 ji4 xing5; 差价 cha1 jia4
还款 huan2 kuan3; 还帐 huan2 zhang4; 抵还 di3 huan2; 摊还 tan1 huan2; 看得上 kan4 de5 shang4
办得到 ban4 de5 dao4; 信得过 xin4 de5 guo4; 比得上 bi3 de5 shang4; 不记得 bu2 ji4 de5
憋得慌 bie1 de5 huang1; 犯得上 fan4 de5 shang4; 赚得 zhuan4 de5; 不得了 bu4 de2 liao3
夺得 duo2 de2; 所得 suo3 de2; 暗暗地 an4 an4 de5; 远远地 yuan3 yuan3 de5; 重重地 zhong4 zhong4 de5
死死地 si3 si3 de5; 蒙着 meng2 zhe5
得知道 dei3 zhi1 dao4; 看好自己 kan1 hao3 zi4 ji3; 难处理 nan2 chu3 li3; 用处理 yong4 chu3 li3
正当你 zheng4 dang1 ni3; 正当我 zheng4 dang1 wo3; 正当他 zheng4 dang1 ta1
正当你们 zheng4 dang1 ni3 men5; 正当我们 zheng4 dang1 wo3 men5; 正当他们 zheng4 dang1 ta1 men5
正当大家 zheng4 dang1 da4 jia1
""")

_PLAIN = """
子女 方向 方法 方面 方式 方案 发票 发布 发送 发现 付款 付费 付钱 付出 事件 事实 事故 事项 事先
事后 家庭 家属 家中 诉讼 识别 识破 分期 分享 分析 分钟 系统 生成 生产 生活 生日 生病 意外 意见
思想 点击 点开 算法 算账 司机 司法 夫妻 在线 在家 实际 实名 公司 公安 公共 里程 头像 头条 情况
情绪 人民 人脸 人工 人生 候选 服务 务必 道路 道德 道理 道歉 害怕 客服 手机 计算 会员 会议 彩票 活动
"""
PLAIN = frozenset(_PLAIN.split())
"""Words without a riddle of their own, that others must not run into (打|发票, 对|付款)."""

GUESSES = rules(r"""
(?<=[一-鿿])(得) de5
""")
"""What is likely where no rule tells; an operator is asked."""

RULES = GUESSES + rules(r"""
(还)(?=[钱款贷债息账完]|清(?!楚)|本金|[利本]息|信用卡) huan2
(还)(?=[房车网]贷|[花借]呗|[你我他她您]的?[钱债]) huan2
(还)(?=不(?:上(?!当)|起|了(?!解)|清(?!楚)|完)|得[起清完上]|上(?!当|了当|门|网|班)) huan2
(还)(?=[，。！？]|$) huan2
(?<=[吓骗输急哭笑气累忙乐穷坑害逼闹])(得) de5
(?<=[说讲跑做想学来])(得)(?=[急快好对像真妙天头有漂动再]) de5
(?<=[看听还赔])(得)(?=[起清完上见懂]) de5
(?<![变显活过做说想问查看听])(得)(?=小心|注意|当心|提防|警惕|冷静|看[紧住牢好]|核实|记住) dei3
(?:^|[，。！？我你他她它您们咱都就也须可总真人又再先才])(得) dei3
还(得)(?![起清完上]) dei3
(得)(?=[到了以出过病奖手逞款钱便名利罪知胜失]) de2
[买看找听拿见用做办碰遇赚收拦受免](得)[到了出] de5
(?:[找睡用犯够摸管]不|[找睡用犯够摸管]得)(着) zhao2
(.)\1(地)(?![方区址点铁图下上面震带]) de5
(?<=[一-鿿][然速细真意断停快慢易便续急极静劲])(地)(?![方区址点铁图下上面震带段产形]|$) de5
(教)(?=[你我他她您咱人给大小孩老]|会[你我他她]) jiao1
(?<![其从当手群之途家网心卡空集高初])(中)(?=[大头]奖|圈套|病毒|木马) zhong4
(?<![其从当手群之途家网心卡空集高初])(中)(?=了(?![解结断却无])) zhong4
[一两二三四五六七八九十百千万几这那哪每半多整](只)(?![是要有能会想不为怕需顾管剩好用认看]) zhi1
(数)(?=钱|票子|现金|一数|[着了完]钱) shu3
(看)(?=[了到见不得清出懂一就]) kan4
(看)(?=[紧住牢]) kan1
[榨掏吸抽耗晒烘风晾烤](干) gan1
(挨)(?=[了过]?[骗打骂揍批饿罚宰坑冻训整]) ai2
(长)(?=[点个]?(?:记性|心眼|见识|教训|知识)) zhang3
""")
