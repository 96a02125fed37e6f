"""Generated talk in Chinese and English: no one's data, the same in every run.

Words are drawn by Zipf's law, so that an index of many sentences has a few long posting lists and many short ones.
"""

import random
from collections.abc import Sequence
from itertools import accumulate

ENGLISH = {
    "who": "Anna Tom Maria David Priya Lukas Emma Omar Julia Kenji Sofia Ahmed Nina Carlos Ruth Viktor Lena".split(),
    "place": "Lisbon Berlin Kyoto Toronto Oslo Madrid Nairobi Lima Vienna Dublin Prague Seoul Cairo Bergen".split(),
    "thing": (
        "bicycle camera guitar laptop jacket tent kettle bookshelf carpet lamp printer suitcase microscope piano "
        "dictionary telescope umbrella blender mattress helmet backpack easel drone freezer saxophone violin"
    ).split(),
    "deed": "bought sold repaired borrowed lost found returned ordered painted cleaned measured photographed".split(),
    "why": "birthday holiday conference wedding project exam concert race exhibition visit interview move".split(),
}
CHINESE = {
    "who": "张伟 王芳 李娜 刘洋 陈静 杨磊 赵敏 黄强 周杰 吴倩 徐丽 孙浩 马超 朱琳 胡军 林涛 何雪".split(),
    "place": "杭州 成都 广州 西安 南京 厦门 青岛 大理 苏州 武汉 昆明 哈尔滨 长沙 拉萨".split(),
    "thing": (
        "自行车 相机 吉他 电脑 外套 帐篷 水壶 书架 地毯 台灯 打印机 行李箱 显微镜 "
        "钢琴 小提琴 词典 望远镜 雨伞 床垫 头盔 背包 画架 冰箱"
    ).split(),
    "deed": "买了 卖了 修好了 借来了 弄丢了 找到了 退掉了 订购了 粉刷了 清洗了 测量了 拍下了".split(),
    "why": "生日 假期 会议 婚礼 项目 考试 音乐会 比赛 展览 拜访 面试 搬家".split(),
}
SYLLABLES = "ka lo mi ren tas vo dul pek sha nor bin gru zel fam ton".split()
CHARACTERS = "山水云木石竹松梅兰桥塔湖溪谷峰岭湾港渡亭阁院庄园"
RARE_WORDS = 20_000


class Talk:
    """Sentences, questions and rounds of talk, drawn by a seed; every other one is Chinese."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._turn = 0
        ranks = range(1, RARE_WORDS + 1)
        self._rare_weights = list(accumulate(1 / rank for rank in ranks))
        self._rare_ranks = list(ranks)

    def sentence(self) -> str:
        """About twenty words, or thirty characters."""
        self._turn += 1
        amount = self._random.randint(10, 900)
        if self._turn % 2:
            w = {kind: self._draw(words) for kind, words in CHINESE.items()}
            friend, rare = self._draw(CHINESE["who"]), self._rare(CHARACTERS)
            return (
                f"{w['who']}在{w['place']}的{rare}和{friend}一起{w['deed']}{w['thing']}，"
                f"花了{amount}元，是为了{w['why']}。"
            )
        w = {kind: self._draw(words) for kind, words in ENGLISH.items()}
        friend, rare = self._draw(ENGLISH["who"]), self._rare(SYLLABLES)
        return (
            f"{w['who']} {w['deed']} a {w['thing']} in {w['place']} near {rare.capitalize()} together with {friend}; "
            f"it cost {amount} euros and was meant for the {w['why']}."
        )

    def question(self) -> str:
        """About what sentences say; not the same twice, as long as there are enough rare words."""
        self._turn += 1
        if self._turn % 2:
            w = {kind: self._draw(words) for kind, words in CHINESE.items()}
            return (
                f"{w['who']}为了{w['why']}在{w['place']}{w['deed']}什么？是{self._rare(CHARACTERS)}的{w['thing']}吗？"
            )
        w = {kind: self._draw(words) for kind, words in ENGLISH.items()}
        rare = self._rare(SYLLABLES).capitalize()
        return f"What has {w['who']} {w['deed']} in {w['place']} for the {w['why']}, the {w['thing']} from {rare}?"

    def rounds(self, count: int) -> list[dict[str, str]]:
        """Messages as add/message wants them: `count` rounds, two messages each."""
        messages = []
        for _ in range(count):
            messages.append({"role": "user", "content": self.sentence()})
            self._turn += 1  # the answer is in the language of what it answers
            messages.append({"role": "assistant", "content": self.sentence()})
        return messages

    def _draw(self, words: Sequence[str]) -> str:
        weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
        return self._random.choices(words, cum_weights=weights)[0]

    def _rare(self, parts: Sequence[str]) -> str:
        """A word of its own for each number, made of the parts as digits."""
        [number] = self._random.choices(self._rare_ranks, cum_weights=self._rare_weights)
        word = ""
        while number:
            number, digit = divmod(number, len(parts))
            word += parts[digit]
        return word
