"""Chinese, Japanese and Korean names in a text, which put no blank between family and given name.

A short run of such letters that stands by itself is parted at every letter, each way round. Within
running text a name is looked for where one of the usual family names stands: at every letter of a
text it would be too many to look up.
"""

import re
import unicodedata
from collections.abc import Iterator

from app.policy.name_matching import UNSPACED_LETTERS, split_unspaced

# Chinese family names, in both kinds of letters, and those of Koreans and Vietnamese in such.
_CHINESE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "張劉陳楊黃趙吳孫馬鄭羅謝許韓馮鄧葉蘇魏呂盧鍾譚陸賈韋鄒閆龍賀顧龔萬錢嚴湯蔣莊詹簡游阮連溫俞牛樊葛"
    "倪施柳翁洪霍柯童祝欧歐管安常季辛齐齊乔喬聂聶章殷庄关關焦屈项項纪紀左裴席甄凌颜顏岳康伍尤甘成符涂耿"
)
_CHINESE_PAIRS = """
欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 夏侯 东方 皇甫 尉迟 公孙 公孫 慕容 司徒 令狐
端木 张简 張簡
"""
_CHINESE_OF_TWO = frozenset(_CHINESE_PAIRS.split())
_JAPANESE_NAMES = """
佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 山本 中村 小林 加藤 吉田 山田 佐々木 山口
松本 井上 木村 斎藤 齋藤 斉藤 清水 山崎 阿部 池田 橋本 石川 山下 中島 小川 石井
長谷川 前田 後藤 岡田 近藤 藤田 村上 遠藤 青木 坂本 福田 太田 西村 藤井 藤原
岡本 三浦 中野 原田 中川 松田 竹内 小野 田村 中山 和田 石田 上田 森田 原 柴田
酒井 工藤 横山 宮崎 宮本 内田 高木 谷口 安藤 丸山 今井 大野 高田 河野 武田 村田
上野 杉山 増田 菅原 平野 大塚 小島 千葉 久保 松井 岩崎 桜井 木下 野口 野村 松尾
菊地 菊池 佐野 大西 杉本 新井 浜田 古川 市川 水野 小松 島田 小山 山内 西田 飯田
渡部 吉川 北村 安田 中田 東 川口 辻 関 五十嵐 本田 久保田 沢田 吉村 西川 岩田
中西 服部 川崎 樋口 福島 川上 永井 松岡 田口 山中 森本 矢野 土屋 秋山 広瀬 石原
松下 大橋 馬場 吉岡 小池 荒井 西山 大島 浅野 熊谷 片山 本間 森 林 高野 川村
早川 横田 松原 内藤 荒木 大久保 星野 黒田 堀 尾崎 望月 永田 熊田 渡邉 須藤 須田
平田 富田 東野 成田 栗原 三宅 南 関口 宮田 上村
"""
_JAPANESE = frozenset(_JAPANESE_NAMES.split())
_KOREAN = frozenset(
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구민진지엄채원천방공현함변염여"
    "추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용나라예봉경사부"
)
_KOREAN_PAIRS = """
남궁 황보 제갈 선우 독고 사공 서문 동방
"""
_KOREAN_OF_TWO = frozenset(_KOREAN_PAIRS.split())
# Letters that stand in running text and in no given name.
_GRAMMAR = frozenset(
    "的了是在们們这這那不也都就与與及或被把对對从從到等和之其将將我你您他她它個个吗嗎呢吧啊"
)
_ANY = re.compile(f"[{UNSPACED_LETTERS}]")
_RUN = re.compile(f"[{UNSPACED_LETTERS}]{{2,}}")
_HAN_OR_HANGUL = re.compile(
    "[\u3005\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]{2,}|[\uac00-\ud7a3]{2,}"
)
_TITLES = re.compile("(?:さん|くん|ちゃん|さま|君|様|同学|同學|님|씨|군|양|학생)$")
# Letters of a given name.
_LONGEST_GIVEN = 2


def part_scripts(text: str) -> str:
    """Return `text` with blanks around runs of letters that have none between words."""
    if _ANY.search(text) is None:
        return text
    return _RUN.sub(r" \g<0> ", unicodedata.normalize("NFC", text))


def list_unspaced_keys(text: str) -> Iterator[str]:
    """Yield the full names that runs of such letters in `text` may hold, given name first."""
    if _ANY.search(text) is None:
        return
    for run in _RUN.finditer(unicodedata.normalize("NFC", text)):
        yield from split_unspaced(_TITLES.sub("", run[0]))
        for part in _HAN_OR_HANGUL.findall(run[0]):
            yield from _search_hangul(part) if part[0] >= "\uac00" else _search_han(part)


def _search_han(run: str) -> Iterator[str]:
    """Yield the names around each usual family name in `run`."""
    for at, letter in enumerate(run):
        if letter in _CHINESE:
            yield from _list_givens(run, at, at + 1)
        for length in (1, 2, 3):
            family = run[at : at + length]
            if len(family) == length and (family in _JAPANESE or family in _CHINESE_OF_TWO):
                yield from _list_givens(run, at, at + length)


def _list_givens(run: str, at: int, end: int) -> Iterator[str]:
    """Yield the names whose family name stands from `at` to `end`, with one or two letters."""
    family = run[at:end]
    for length in range(1, _LONGEST_GIVEN + 1):
        for given in (run[end : end + length], run[max(0, at - length) : at]):
            if len(given) == length and _GRAMMAR.isdisjoint(given):
                yield f"{given} {family}"


def _search_hangul(run: str) -> Iterator[str]:
    """Yield the names that a word may begin with; endings of grammar may follow."""
    for length, families in ((1, _KOREAN), (2, _KOREAN_OF_TWO)):
        family = run[:length]
        if family in families:
            for given in (run[length : length + 1], run[length : length + 2]):
                if given:
                    yield f"{given} {family}"
