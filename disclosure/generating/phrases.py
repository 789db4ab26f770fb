"""Texts of synthetic documents: sentences with words drawn into them, so that the same text seldom comes twice."""

from dataclasses import dataclass
from random import Random

# The words of each kind, apart by white space.
_WORDS = {
    "matter": """
        建筑工程施工许可 商品房预售许可 燃气经营许可 户外广告设置 城市道路占用挖掘 排水许可 食品经营许可
        药品零售许可 特种设备使用登记 取水许可 林木采伐许可 民办学校设立 医疗机构执业登记
        网络预约出租车经营许可 不动产登记 住房公积金提取 城乡居民养老保险 最低生活保障 残疾人两项补贴
        义务教育招生 人才入户 公共租赁住房分配 老旧小区改造 既有住宅加装电梯 危房治理 生活垃圾分类
        河涌整治 扬尘污染防治 安全生产检查 消防安全整治 校园食品安全 农村人居环境整治 高标准农田建设
        涉企收费清理 政府采购 工程建设项目招标投标 土地出让 房屋征收补偿 物业管理 停车设施建设
        公交线路调整 道路照明维护
    """,
    "place": """
        祖庙街道 石湾镇街道 张槎街道 南庄镇 桂城街道 九江镇 西樵镇 丹灶镇 狮山镇 大沥镇 里水镇 大良街道
        容桂街道 伦教街道 北滘镇 乐从镇 龙江镇 陈村镇 西南街道 芦苞镇 荷城街道 杨和镇
    """,
    "verb": """
        规范 加强 推进 优化 调整 公布 明确 进一步做好 完善 开展
    """,
    "kind": """
        通知 意见 实施办法 管理规定 工作方案 公告 通告 批复 复函 实施细则 操作指引
    """,
    "who": """
        各区人民政府 市直各部门 各镇人民政府（街道办事处） 市有关单位 各相关企业 各窗口单位 机关各科室
    """,
    "limit": """
        3个工作日 5个工作日 7个工作日 10个工作日 15个工作日 20个工作日 30日
    """,
    "law": """
        《中华人民共和国行政许可法》 《中华人民共和国政府信息公开条例》 《中华人民共和国行政处罚法》
        《优化营商环境条例》 《广东省政务公开条例》 《重大行政决策程序暂行条例》
        《中华人民共和国建筑法》 《中华人民共和国食品安全法》 《中华人民共和国城乡规划法》
        《中华人民共和国安全生产法》
    """,
    "quality": """
        公开透明 便民高效 依法依规 统筹协调 属地负责 分级管理 权责一致 从严从细
    """,
    "measure": """
        容缺受理 告知承诺 并联审批 一窗通办 全程网办 首问负责 限时办结 一次性告知 双随机检查 信用监管
        台账管理 挂牌督办 定期通报 公示公告 专家评审 现场踏勘 联合验收 延伸服务
    """,
}
WORDS = {kind: tuple(words.split()) for kind, words in _WORDS.items()}
TITLES = (
    "关于{verb}{matter}工作的{kind}",
    "关于印发《{matter}{kind}》的通知",
    "{place}{matter}情况公示",
    "{year}年{matter}工作总结",
    "关于{place}{matter}有关问题的复函",
    "{matter}办事指南（{year}年版）",
    "{year}年度{matter}收费标准",
    "关于废止{matter}有关文件的通知",
    "{place}关于{verb}{matter}的公告",
    "{year}年第{number}批{matter}结果公告",
)
SENTENCES = (
    "为{verb}{matter}工作，根据{law}等有关规定，结合我市实际，现就有关事项通知如下。",
    "{who}要高度重视{matter}工作，坚持{quality}、{quality}的原则，明确责任分工，确保各项任务落到实处。",
    "申请人提交的材料齐全、符合法定形式的，应当当场受理，并自受理之日起{limit}内作出决定。",
    "材料不齐全或者不符合法定形式的，应当当场或者在5个工作日内一次性告知申请人需要补正的全部内容。",
    "推行{measure}、{measure}等措施，减少申请材料，压缩办理时限，最大限度方便群众和企业办事。",
    "{place}应当在每月{number}日前将上月{matter}情况报送主管部门，由主管部门汇总后向社会公开。",
    "对工作不力、推诿扯皮、超过承诺时限的单位和个人，按照机关效能建设有关规定追究责任。",
    "收费项目、收费依据和收费标准应当在办事窗口和门户网站同时公示，不得擅自增加项目或者提高标准。",
    "公众对公示内容有异议的，可以在公示期内以书面形式向本单位反映，并提供真实的联系方式和有关证据。",
    "本单位受理投诉的时间为工作日上午九时至十二时、下午二时至五时，逾期未答复的可以向效能办反映。",
    "各单位要建立{measure}制度，对发现的问题列出清单、限期整改，整改情况纳入年度绩效考核。",
    "经研究，同意{place}开展{matter}试点，试点期限自{year}年{month}月起计算，到期后组织评估。",
    "主管部门会同有关单位对{place}的{matter}情况进行了检查，共检查场所{number}处，发现问题{number}个。",
    "符合条件的对象可以通过网上办事大厅、镇街行政服务中心或者自助终端提出申请，结果以短信方式告知。",
    "涉及国家秘密、商业秘密和个人隐私的信息，应当按照{law}的规定处理后再行公开。",
    "本办法自{year}年{month}月1日起施行，有效期五年，此前有关规定与本办法不一致的，以本办法为准。",
    "{who}应当加强对{matter}的监督检查，采取{measure}的方式，每年抽查比例不低于百分之{number}。",
    "鼓励社会力量参与{matter}，对成效明显的单位按照有关规定给予通报表扬，并在全市推广做法。",
    "申请人对行政决定不服的，可以自收到决定之日起六十日内申请行政复议，也可以依法提起行政诉讼。",
    "本年度共受理{matter}申请{number}件，办结{number}件，按时办结率达到百分之九十以上，群众满意度稳步提升。",
)
HEADINGS = ("总体要求", "办理条件", "办理程序", "工作要求", "监督检查", "公开方式", "附则", "保障措施", "责任追究")


@dataclass(frozen=True, slots=True)
class Text:
    """Title, summary and text of a document."""

    title: str
    summary: str
    body: str


class Phrases:
    """Draws texts; the same ``chance`` draws the same ones."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def text(self, year: int) -> Text:
        """Return a text of a year: a title, and two to five chapters on the same matter."""
        chance = self.chance
        # Some matters are written of every week and some once a year.
        matter = WORDS["matter"][min(int(chance.expovariate(0.08)), len(WORDS["matter"]) - 1)]
        title = self._filled(chance.choice(TITLES), matter, year)
        chapters = []
        for number, heading in enumerate(chance.sample(HEADINGS, chance.randint(2, 5)), start=1):
            sentences = chance.sample(SENTENCES, chance.randint(2, 4))
            text = "".join(self._filled(sentence, matter, year) for sentence in sentences)
            chapters.append(f"## {number}. {heading}\n\n{text}")
        return Text(title, self._filled(chance.choice(SENTENCES), matter, year)[:120], "\n\n".join(chapters))

    def _filled(self, text: str, matter: str, year: int) -> str:
        found = []
        for place, part in enumerate(text.split("{")):
            word, mark, rest = part.partition("}")
            found.append(part if place == 0 or not mark else self._word(word, matter, year) + rest)
        return "".join(found)

    def _word(self, word: str, matter: str, year: int) -> str:
        match word:
            case "matter":
                return matter
            case "year":
                return str(year)
            case "month":
                return str(self.chance.randint(1, 12))
            case "number":
                return str(self.chance.randint(2, 96))
        return self.chance.choice(WORDS[word])
