"""Tells East Asian code pages apart, in which a letter is mostly two bytes.

Bytes that one page reads as words, another reads as rare signs. So the page is right in which most letters are such as
names, companies and titles are made of. Western words, read in pairs of bytes, hardly ever come to these.
"""

import re
from collections import Counter

_HAN = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤張劉陳楊黃趙吳孫馬"
    "羅鄭謝許韓馮鄧蕭葉蘇呂盧鍾譚陸賈韋鄒龍賀顧龔萬錢嚴湯蔣簡賴游詹溫洪施柯翁伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明"
    "超霞平刚桂兰玉华红建国文辉力梅飞鹏云波斌宇浩凯健俊帆雪婷欣怡佳雨晨子轩涵梓萱思博瑞天翔志海燕春晓东成家豪淑芬"
    "美玲雅惠雯君宏承翰冠廷彦嘉慧珍琴莉萍琳颖倩丹阳旭亮立峰振清光永新生民德胜利祥福荣昌富贵安康乐信义仁礼智心爱正"
    "元长远偉靜麗強軍豔傑濤剛蘭華紅國輝飛鵬雲凱軒鳳東樂義禮愛長遠榮貴寶麟澤穎陽公司有限责股份集团科技术息网络软件"
    "电通商务贸易实业投资管理咨询服广告传媒化教育学校大院医研究所中银行保险证券基律师事会计设工筑地产汽车制造机械"
    "能源环食品药物际北京上州深圳杭南都汉津重庆香港台湾交复旦人政府責團術網路軟體業務貿實資諮詢廣傳學醫銀險證師會"
    "計設築產車製環藥際臺灣歸鴻聯積創泰总裁经副主助专员问授讲士硕老代表销售市场运营开发测试财创始合伙级首席架构分"
    "析客户總監專員問講碩銷場營開發測試財夥級構戶的一是不了在我他这个们来为和到以说时要就出可也你对而那得着下自之"
    "年过后作里用道然种多么去法如同现当没动面起看定还进好小部其些样她本前但因只从想日者意无它与把十第此已使情性知"
    "全三又关点外将两间由很最并手应战头体相见被什二等或己身果加西斯月话回特内给世位次度门常先儿原声提及比解水名真"
    "论处走各入几口认条系气题活尔更别打女变四神数少报才结反受目太量再感做接必期直命山指克统区至队形社便空决治展五"
    "眼书非则听却界达放即像难且权象完式色记住类求据边死该规取拉格望觉领共确观今切让识候带导争這個們來為時說對著過"
    "後裡種經麼現當沒動還進樣從無與機關點將兩間應戰頭見話內給門聲論處幾認條氣題爾別變電數報結統區隊決書則聽卻達難"
    "權記類據邊該規覺領確觀識帶導爭運佐藤鈴木橋伊渡辺村吉松井斎斉池阿森川岡谷近坂青浦竹島野酒横宮増桜丸杉菊久関荒"
    "黒沢河郎花咲誠樹隆恵紀裕幸織奈々優斗蓮衣拓輔哲雄男夫沙彩萌徹崇株阪気鉄証険産発課締役営企画総担係県町"
)
"""Frequent signs of Chinese, in both ways of writing, and of Japanese."""
_HANGUL = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진지엄채원천방공현함변염여추"
    "도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용수영준호희경미숙자순철재훈상동태나예혜아빈찬규종근형화"
    "란덕복환일광대만중식섭창균엽욱범승건율시온가람별솔다솜슬회사삼엘학스케텔레콤네버카롯데행리울부산려세병업개발"
    "술보통템루션디팅팀과책무니교터매저컨턴트프로그램총계획관운센룹코글벌엔먼의약바물증험드투법률간을를는에와습있"
    "없않것들면까녕요감합받메친"
)
_KANA = frozenset(map(chr, range(0x3041, 0x30FF)))
_USUAL = {
    "gb18030": _HAN,
    "cp950": _HAN,
    "cp949": _HAN | _HANGUL,
    "cp932": _HAN | _KANA,
    "euc_jp": _HAN | _KANA,
}
_RUN = re.compile(r"([A-Za-z]?)([^\x00-\x7f]+)(?=([A-Za-z]?))")
_SIGNS = re.compile("[\u00a0-\u00bf\u2000-\u206f\u2160-\u2179\u3000-\u3020\uff00-\uff20\uffe0-\uffe6]")
"""Marks and figures, which say nothing."""
_FEWEST, _LOWEST_SCORE, _CERTAIN, _LEAD, _BROKEN_SHARE = 2, 0.5, 0.9, 0.2, 0.02


def east_asian_page(sample: bytes, *, is_certain: bool = False) -> str | None:
    """The code page of a text that is not UTF-8, when it is Chinese, Japanese or Korean.

    Args:
        sample: the text
        is_certain: only where nearly all of it are usual letters, and not just two of them
    """
    fewest, lowest_score = (_FEWEST + 1, _CERTAIN) if is_certain else (_FEWEST, _LOWEST_SCORE)
    scores = sorted((_score(sample, page, fewest), page) for page in _USUAL)
    (second, _), (best, page) = scores[-2:]
    return page if best >= lowest_score and best - second >= _LEAD else None


def _score(sample: bytes, page: str, fewest: int = _FEWEST) -> float:
    """How much of what is not ASCII are usual letters; 0 where it is too little to tell, or broken."""
    letter_counts: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    for before, letters, after in _RUN.findall(sample.decode(page, errors="replace")):
        letter_counts.update(letters)
        if not (before or after):
            apart.update(letters)
    total = sum(count for letter, count in letter_counts.items() if not _SIGNS.match(letter))
    usual_counts = {letter: count for letter, count in apart.items() if letter in _USUAL[page]}
    # A sample may end in the middle of a letter, and a program may have cut one.
    is_broken = letter_counts["\ufffd"] > 1 + _BROKEN_SHARE * total
    return 0.0 if is_broken or len(usual_counts) < fewest else sum(usual_counts.values()) / total
