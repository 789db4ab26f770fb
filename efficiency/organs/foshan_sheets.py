"""
What makes the sheets of the pilots whole: windows, legal basis of the powers, integrity risk points and their measures.

Apart from the duties, as it is of another kind: risk points are for those who work with a post, never for the public.
"""

from collections.abc import Mapping
from typing import Any

from efficiency.organs.models import RiskGrade, RiskKind
from efficiency.organs.reference import Risk

HIGH, MEDIUM, LOW = RiskGrade.HIGH, RiskGrade.MEDIUM, RiskGrade.LOW
POST_DUTY, PROCESS, SYSTEM, EXTERNAL = RiskKind.POST_DUTY, RiskKind.PROCESS, RiskKind.SYSTEM, RiskKind.EXTERNAL

OF_HEAD = (
    Risk(
        "重大事项决策、重要干部任免、重大项目安排和大额资金使用中个人说了算。",
        POST_DUTY,
        HIGH,
        "三重一大事项集体讨论，主要领导末位表态，会议记录存档备查。",
    ),
    Risk("对分管工作中的苗头性问题失察。", SYSTEM, MEDIUM, "每半年与下级负责人廉政谈话一次，年度述责述廉。"),
)
OF_COMPLAINTS = (
    Risk(
        "泄露投诉人身份，或者将投诉材料转给被投诉的科室和个人。",
        POST_DUTY,
        HIGH,
        "身份信息分开存放，查看须填写理由并留痕，被投诉方只收到摘要。",
    ),
    Risk("压件、拖办或者选择性办理。", PROCESS, MEDIUM, "时限由平台监督，逾期自动报效能办；承办与审核分设。"),
)
OF_REVIEW = (
    Risk(
        "审核流于形式，对事实不清、依据不足的答复放行。",
        PROCESS,
        MEDIUM,
        "逐项核对事实和依据，抽查案卷，退回须写明理由。",
    ),
)
OF_DISCLOSURE = (
    Risk("应当公开的不公开，或者公开前未经保密审查。", PROCESS, LOW, "按公开目录对照检查，公开前填写保密审查表。"),
)

# By the code of the post: what of the sheet goes beside its duties.
SHEETS: Mapping[str, Mapping[str, Any]] = {
    "440600-construction-01": {"risks": OF_HEAD, "holder_is_public": True},
    "440600-construction-02": {"risks": OF_HEAD, "holder_is_public": True},
    "440600-construction-11": {"risks": OF_COMPLAINTS, "window": "市建设局三楼监察室"},
    "440600-construction-12": {"risks": OF_REVIEW},
    "440600-construction-21": {"risks": OF_DISCLOSURE},
    "440600-construction-31": {
        "window": "市行政服务中心建设局窗口",
        "legal_basis": "《中华人民共和国建筑法》第七条、第八条；《建筑工程施工许可管理办法》。",
        "risks": (
            Risk("对条件不齐的项目违规受理、发证。", PROCESS, HIGH, "受理、审查、发证三岗分离，材料清单逐项勾核。"),
            Risk(
                "接受建设、施工单位请托或者指定中介机构。",
                EXTERNAL,
                MEDIUM,
                "窗口集中受理，不在场外接触申请人，定期轮岗。",
            ),
        ),
    },
    "440600-construction-32": {
        "window": "市行政服务中心建设局窗口",
        "legal_basis": "《中华人民共和国城市房地产管理法》第四十五条；《城市商品房预售管理办法》。",
        "risks": (
            Risk(
                "工程形象进度、监管资金核查不实而发放预售许可。",
                PROCESS,
                HIGH,
                "两人现场核查并留影像，监管账户凭证存档。",
            ),
        ),
    },
    "440600-construction-33": {
        "legal_basis": "《中华人民共和国建筑法》；《中华人民共和国行政许可法》第三十四条。",
        "risks": OF_REVIEW,
    },
    "440600-construction-34": {
        "legal_basis": "《建设工程质量管理条例》第四十三条、第四十六条。",
        "risks": (
            Risk(
                "监督检查中收受好处，降低标准或者隐瞒质量问题。",
                POST_DUTY,
                HIGH,
                "检查由两人以上进行，记录当场签字，随机抽查复检。",
            ),
        ),
    },
    "440600-tax-01": {"risks": OF_HEAD, "holder_is_public": True},
    "440600-tax-02": {"risks": OF_HEAD, "holder_is_public": True},
    "440600-tax-11": {"risks": OF_COMPLAINTS, "window": "市地税局办税服务厅投诉接待处"},
    "440600-tax-12": {"risks": OF_REVIEW},
    "440600-tax-31": {"risks": OF_REVIEW, "window": "市地税局办税服务厅"},
    "440600-tax-32": {
        "window": "市地税局办税服务厅",
        "legal_basis": "《中华人民共和国税收征收管理法》第十五条、第二十一条；《中华人民共和国发票管理办法》。",
        "risks": (
            Risk("违规核定发票用量、为虚开提供便利。", PROCESS, MEDIUM, "用量核定两级审批，系统异常预警逐件核查。"),
        ),
    },
    "440600-tax-33": {
        "window": "市地税局办税服务厅",
        "legal_basis": "《中华人民共和国税收征收管理法》第五十一条。",
        "risks": (
            Risk("退税审核不严造成税款流失，或者拖延退税。", PROCESS, HIGH, "限时办结，大额退税集体审核，票证复核。"),
        ),
    },
    "440600-tax-34": {
        "legal_basis": "《中华人民共和国税收征收管理法》第五十四条、第五十九条。",
        "risks": (
            Risk(
                "滥用检查权、处罚裁量权，以罚谋私。",
                POST_DUTY,
                HIGH,
                "出示检查证件和通知书，选案、检查、审理、执行分离。",
            ),
        ),
    },
    "440600-sasac-01": {"risks": OF_HEAD, "holder_is_public": True},
    "440600-sasac-02": {"risks": OF_HEAD, "holder_is_public": True},
    "440600-sasac-11": {"risks": OF_COMPLAINTS},
    "440600-sasac-12": {"risks": OF_REVIEW},
    "440600-sasac-31": {
        "legal_basis": "《企业国有资产产权登记管理办法》（国务院令第192号）。",
        "risks": (
            Risk("产权界定不实，造成国有资产流失。", PROCESS, HIGH, "中介评估与登记分离，重大产权变动集体决策并公示。"),
        ),
    },
    "440600-sasac-32": {
        "window": "市国资委信访接待室",
        "risks": (Risk("出具不实的工龄、身份证明。", PROCESS, MEDIUM, "查档两人签字，证明编号登记，定期抽查。"),),
    },
    "440604-01": {"risks": OF_HEAD, "holder_is_public": True},
    "440604-11": {"risks": OF_COMPLAINTS, "window": "禅城区政府办公室督查科"},
    "440604-12": {"risks": OF_REVIEW},
    "440604-21": {"risks": OF_DISCLOSURE},
    "440604-service-centre-31": {
        "window": "区行政服务中心一楼综合窗口",
        "risks": (Risk("收受财物、为熟人插队或者越权办理。", EXTERNAL, MEDIUM, "排队叫号全程录像，办件随机分派。"),),
    },
    "440604-construction-31": {
        "legal_basis": "《城镇燃气管理条例》；《物业管理条例》第五条。",
        "risks": (
            Risk("指定燃气安装、检测单位。", EXTERNAL, MEDIUM, "公开有资质单位名录，由用户自主选择，回访抽查。"),
        ),
    },
    "440604-city-management-31": {
        "legal_basis": "《中华人民共和国行政处罚法》第五十一条；《城市市容和环境卫生管理条例》。",
        "risks": (
            Risk("以罚代管、罚款不开票据，或者通风报信。", POST_DUTY, HIGH, "两人执法、全程记录，罚缴分离，投诉必查。"),
        ),
    },
}
