"""
Post responsibility sheets 岗位责任书: the pilots in full, every other organ with the posts that complaints need.

Each sheet has both halves of the dual responsibility 一岗双责 (docs/domain.md 7). Posts that decide nothing in the
portal have no role there; they are on the public pages because people deal with them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from efficiency.organs.foshan import CITY, PILOT_DISTRICT, organs
from efficiency.organs.foshan_sheets import SHEETS
from efficiency.organs.models import OrganKind, Rank, Role
from efficiency.organs.reference import OrganRow, Sheet

HANDLER, REVIEWER, APPROVER = Rank.HANDLER, Rank.REVIEWER, Rank.APPROVER
OFFICE = f"{CITY}-office"
LEADING_GROUP = f"{CITY}-leading-group"
CONSTRUCTION, TAX, SASAC = f"{CITY}-construction", f"{CITY}-tax", f"{CITY}-sasac"

CITY_OFFICE: tuple[Sheet, ...] = (
    Sheet(
        "440600-office-01",
        OFFICE,
        "主任",
        "办公室领导",
        APPROVER,
        business=(
            "主持市效能办全面工作，对全市机关效能建设的组织实施负总责。",
            "对呈批的投诉件作出批示，确定承办单位、办理方式和时限要求。",
            "批准延期、中止和重新办理，审定自办件的答复。",
            "对逾期不办、推诿扯皮的单位签发督办单，向领导小组提出问责建议。",
        ),
        integrity=(
            "履行党风廉政建设第一责任人职责，与各科室负责人签订廉政责任书。",
            "不干预、不打听与本人有利害关系的投诉件，主动申请回避。",
            "严守投诉人信息，不得以任何方式向被投诉人透露投诉人身份和投诉内容。",
        ),
        role=Role.OFFICE_OFFICER,
        is_head=True,
        stand_in="440600-office-02",
        powers="批示、批准延期、签发督办单和效能监察建议书；对一般效能问题提出批评、责令改正。",
    ),
    Sheet(
        "440600-office-02",
        OFFICE,
        "副主任",
        "办公室领导",
        APPROVER,
        business=(
            "协助主任工作，分管投诉受理科和督查科。",
            "主任外出期间代行批示职责，并对代行期间的批示负责。",
            "协调职责不清、多部门交叉的投诉件，两个工作日内确定牵头单位。",
        ),
        integrity=(
            "对分管科室的党风廉政建设负主要领导责任，每半年开展一次廉政谈话。",
            "不接受承办单位、被投诉单位的宴请、礼品和礼金。",
        ),
        role=Role.OFFICE_OFFICER,
        is_head=True,
        superior="440600-office-01",
        stand_in="440600-office-01",
        powers="在主任授权范围内批示、协调；主任不在岗时代行其职权。",
    ),
    Sheet(
        "440600-office-03",
        OFFICE,
        "副主任（分管复查复核）",
        "办公室领导",
        APPROVER,
        business=(
            "分管复查、复核，作出决定前阅看全部案卷，必要时约谈承办单位和诉求人。",
            "不参与日常件的批示和结案，保证复查、复核由没有经手的人作出。",
        ),
        integrity=(
            "对原承办人员是本人近亲属、原同事等可能影响公正的，主动回避。",
            "复查、复核期间不单独接触任何一方。",
        ),
        role=Role.OFFICE_OFFICER,
        is_head=True,
        superior="440600-office-01",
        stand_in="440600-office-02",
        powers="决定复查、复核结果：维持、责令重新办理或者予以受理。",
    ),
    Sheet(
        "440600-office-11",
        OFFICE,
        "投诉受理科科长",
        "投诉受理科",
        REVIEWER,
        business=(
            "审核受理意见，五个工作日内决定受理、不予受理或者告知转送。",
            "审核呈批表的拟办意见，把关承办单位是否准确、是否需要回避。",
            "审查结案报告，对事实不清、措施不落实的提出重新办理意见。",
        ),
        integrity=(
            "对本科室人员遵守保密纪律负直接管理责任。",
            "抽查投诉人信息的查看记录，发现无正当理由查看的及时报告。",
        ),
        role=Role.OFFICE_OFFICER,
        superior="440600-office-02",
        stand_in="440600-office-12",
        powers="审核受理、呈批和结案意见。",
    ),
    Sheet(
        "440600-office-12",
        OFFICE,
        "投诉受理岗",
        "投诉受理科",
        HANDLER,
        business=(
            "接待来电、来信、来访和网上投诉，履行首问责任，当场登记并告知编号和查询码。",
            "受理后一个工作日内登记，登记后一个工作日内提出拟办意见呈批。",
            "对已答复的投诉件进行回访，差评件五个工作日内完成回访。",
            "案件办结后十个工作日内归档，一案一卷。",
        ),
        integrity=(
            "查看投诉人身份必须有工作理由并留下记录，不得复制、外传。",
            "本人或者近亲属与投诉事项有利害关系的，主动报告并回避。",
            "不得向被投诉人通风报信，不得压件不报。",
        ),
        role=Role.OFFICE_OFFICER,
        superior="440600-office-11",
        stand_in="440600-office-11",
        powers="受理、登记、呈批、回访、归档。",
        phone="12345",
    ),
    Sheet(
        "440600-office-21",
        OFFICE,
        "督查员（组长）",
        "督查科",
        HANDLER,
        business=(
            "对逾期件、差评件和重复投诉开展督查，发出督办单并跟踪到底。",
            "组织明查暗访，每次不少于两人，现场记录并取得凭证。",
            "每日查看升级提示，当日签阅并提出处理意见。",
        ),
        integrity=(
            "不得参加对本人原任职单位的督查。",
            "督查期间不接受被督查单位安排的食宿、用车和礼品。",
        ),
        role=Role.INSPECTOR,
        superior="440600-office-02",
        stand_in="440600-office-22",
        powers="调阅案卷，询问有关人员，发出督办单，提出整改建议。",
    ),
    Sheet(
        "440600-office-22",
        OFFICE,
        "督查员",
        "督查科",
        HANDLER,
        business=(
            "参加明查暗访，检查在岗、AB岗、一次性告知和收费公示情况。",
            "汇总督查发现的问题，形成清单并跟踪整改。",
        ),
        integrity=("暗访计划未公开前严格保密。", "如实记录，不隐瞒、不夸大督查发现的问题。"),
        role=Role.INSPECTOR,
        superior="440600-office-21",
        stand_in="440600-office-21",
        powers="现场检查、取证。",
    ),
    Sheet(
        "440600-office-31",
        OFFICE,
        "考评员",
        "考评科",
        HANDLER,
        business=(
            "编制年度目标管理和绩效考评方案，核对各单位填报的数据和凭证。",
            "计算考评得分，公示并受理异议，十个工作日内答复。",
        ),
        integrity=("不得擅自改动系统计算的数据，调整得分必须写明理由。", "考评结果公布前不得泄露。"),
        role=Role.APPRAISAL_OFFICER,
        superior="440600-office-01",
        powers="核分、公示、提出等次建议。",
    ),
)

CITY_GOVERNMENT: tuple[Sheet, ...] = (
    Sheet(
        "440600-auditor-01",
        CITY,
        "效能审计员",
        "派驻审计组",
        HANDLER,
        business=(
            "独立检查投诉办理、身份查看和权限变动的记录，每月出具审计意见。",
            "复核公布的效能数据能否由原始记录重新算出。",
        ),
        integrity=("只读不改，不参与任何案件的办理。", "发现违规查看投诉人信息的，当日报告领导小组。"),
        role=Role.AUDITOR,
        powers="查阅全部操作记录，导出审计清单。",
    ),
    Sheet(
        "440600-it-01",
        CITY,
        "系统管理员",
        "市信息化管理中心",
        HANDLER,
        business=("开通、停用账号，维护机构、岗位和系统参数。", "保障平台运行、备份和恢复演练。"),
        integrity=("不得查看投诉内容，不得为自己授予业务权限。", "权限变动须经效能办确认后生效。"),
        role=Role.SYSTEM_ADMINISTRATOR,
        powers="账号管理和系统配置；无权查看投诉内容。",
    ),
    Sheet(
        "440600-social-01",
        CITY,
        "特聘社会监督员",
        "社会监督",
        HANDLER,
        business=("每季度至少参加一次巡查，反映群众对机关作风的意见。", "列席效能建设座谈会，对公开的数据提出质询。"),
        integrity=("不得利用监督员身份谋取私利。", "不打听、不传播投诉人的个人信息。"),
        role=Role.SOCIAL_SUPERVISOR,
        powers="巡查、提出监督意见。",
    ),
)

CITY_CONSTRUCTION: tuple[Sheet, ...] = (
    Sheet(
        "440600-construction-01",
        CONSTRUCTION,
        "局长",
        "局领导",
        APPROVER,
        business=(
            "主持市建设局全面工作，对全局效能建设负总责。",
            "审批投诉件的答复和结案报告，签字背书。",
            "每月参加局长接待日，当面听取群众意见。",
        ),
        integrity=(
            "履行党风廉政建设第一责任人职责，工程招投标重大事项集体讨论决定。",
            "不插手具体工程的招标、分包和材料采购。",
        ),
        role=Role.ORGAN_LEADER,
        is_head=True,
        stand_in="440600-construction-02",
        powers="批准本局行政许可、行政处罚和投诉答复。",
    ),
    Sheet(
        "440600-construction-02",
        CONSTRUCTION,
        "副局长（分管效能和质量安全）",
        "局领导",
        APPROVER,
        business=(
            "分管效能投诉、工程质量安全和建筑市场，审批分管范围内的答复。",
            "局长外出期间代行审批职责。",
            "对超过承诺时限的办件逐件过问，查明原因。",
        ),
        integrity=(
            "对分管科室的廉政建设负主要领导责任。",
            "执法检查不打招呼、不接受企业陪同宴请。",
        ),
        role=Role.ORGAN_LEADER,
        is_head=True,
        superior="440600-construction-01",
        stand_in="440600-construction-01",
        powers="批准分管范围内的许可、检查结论和投诉答复。",
    ),
    Sheet(
        "440600-construction-11",
        CONSTRUCTION,
        "效能投诉承办岗",
        "监察室",
        HANDLER,
        business=(
            "一个工作日内签收市效能办交办的投诉件，两个工作日内与实名投诉人联系。",
            "会同业务科室查明事实，按期起草答复和结案报告。",
            "每周汇总在办件，提前一个工作日提醒将到期的承办人。",
        ),
        integrity=(
            "不得把投诉人身份和投诉原文转给被投诉的科室和个人。",
            "与被投诉人有利害关系的，主动申请回避。",
        ),
        role=Role.CLERK,
        superior="440600-construction-02",
        stand_in="440600-construction-12",
        powers="调阅本局案卷，询问有关科室和人员。",
    ),
    Sheet(
        "440600-construction-12",
        CONSTRUCTION,
        "监察室主任",
        "监察室",
        REVIEWER,
        business=(
            "审核投诉答复的事实、依据和措施，对查实的问题提出处理意见。",
            "组织本局岗位责任、AB岗和限时办结的内部检查。",
        ),
        integrity=("每年组织一次廉政风险点排查，更新防控措施。", "对压案不查、跑风漏气的人员提出处理建议。"),
        role=Role.CLERK,
        superior="440600-construction-02",
        stand_in="440600-construction-11",
        powers="审核投诉答复，提出问责建议。",
    ),
    Sheet(
        "440600-construction-21",
        CONSTRUCTION,
        "政务公开专员",
        "办公室",
        HANDLER,
        business=(
            "维护本局政务公开目录，信息形成之日起二十个工作日内公开。",
            "收费标准、办事程序变动当日更新，办理依申请公开。",
        ),
        integrity=("公开前必须经过保密审查，先审查、后公开。", "不得选择性公开、延后公开对本局不利的信息。"),
        role=Role.DISCLOSURE_EDITOR,
        superior="440600-construction-02",
        stand_in="440600-construction-11",
        powers="编制、更新公开目录。",
    ),
    Sheet(
        "440600-construction-31",
        CONSTRUCTION,
        "建筑工程施工许可岗",
        "建筑市场管理科",
        HANDLER,
        business=(
            "受理施工许可申请，材料不全的一次性书面告知全部需补正的内容。",
            "法定自收到申请之日起七日内，承诺自受理之日起五日内办结。",
            "现场核查施工条件，核查记录由两人签字。",
        ),
        integrity=("不得指定施工、监理和检测单位。", "现场核查随机派员、双人签字、全程留痕。"),
        superior="440600-construction-33",
        stand_in="440600-construction-32",
        powers="对符合条件的申请提出准予许可的建议。",
    ),
    Sheet(
        "440600-construction-32",
        CONSTRUCTION,
        "商品房预售许可岗",
        "房地产管理科",
        HANDLER,
        business=(
            "受理商品房预售许可申请，法定十日，承诺自受理之日起七日内办结。",
            "公布预售项目的楼栋、面积、监管账户，供购房人查询。",
        ),
        integrity=(
            "不得向中介机构和开发企业透露未公布的审批信息。",
            "本人及近亲属购买在审项目房屋的，事先报告并回避。",
        ),
        superior="440600-construction-33",
        stand_in="440600-construction-31",
        powers="对符合条件的申请提出准予许可的建议。",
    ),
    Sheet(
        "440600-construction-33",
        CONSTRUCTION,
        "建筑市场管理科科长",
        "建筑市场管理科",
        REVIEWER,
        business=(
            "审核施工许可和预售许可，两日内提出审核意见。",
            "督促本科室限时办结，落实AB岗和首问责任。",
        ),
        integrity=("对本科室廉政建设负直接责任，每季度谈心谈话一次。", "重大许可事项提交局务会集体研究。"),
        superior="440600-construction-02",
        stand_in="440600-construction-31",
        powers="审核许可事项。",
    ),
    Sheet(
        "440600-construction-34",
        CONSTRUCTION,
        "工程质量监督岗",
        "质量安全监督科",
        HANDLER,
        business=(
            "对在建工程按计划抽查，每个项目每季度不少于一次。",
            "受理住宅工程质量投诉，五个工作日内到现场查看并答复处理意见。",
            "发现重大隐患当场责令停工并报告。",
        ),
        integrity=("不接受参建单位的礼品、礼金和宴请。", "行政处罚按裁量基准办理，集体审议。"),
        superior="440600-construction-02",
        stand_in="440600-construction-31",
        powers="现场检查，责令改正，提出处罚建议。",
    ),
)

CITY_TAX: tuple[Sheet, ...] = (
    Sheet(
        "440600-tax-01",
        TAX,
        "局长",
        "局领导",
        APPROVER,
        business=("主持市地税局全面工作。", "审批投诉件的答复和结案报告。", "每月参加局长接待日。"),
        integrity=("履行党风廉政建设第一责任人职责。", "减免税、重大案件一律集体审理，不打招呼、不批条子。"),
        role=Role.ORGAN_LEADER,
        is_head=True,
        stand_in="440600-tax-02",
        powers="批准本局行政决定和投诉答复。",
    ),
    Sheet(
        "440600-tax-02",
        TAX,
        "副局长（分管纳税服务）",
        "局领导",
        APPROVER,
        business=("分管纳税服务、征收管理和效能投诉。", "审批分管范围内的投诉答复，对办税厅排队超时的情形逐日过问。"),
        integrity=("对分管部门廉政建设负主要领导责任。", "不得违规干预税务检查和处罚。"),
        role=Role.ORGAN_LEADER,
        is_head=True,
        superior="440600-tax-01",
        stand_in="440600-tax-01",
        powers="批准分管范围内的事项和投诉答复。",
    ),
    Sheet(
        "440600-tax-11",
        TAX,
        "效能投诉承办岗",
        "监察室",
        HANDLER,
        business=(
            "一个工作日内签收交办件，两个工作日内联系实名投诉人。",
            "调取叫号、监控和征管系统记录核实情况，按期起草答复。",
            "登记查实的问题，跟踪整改到位。",
        ),
        integrity=("对投诉人身份保密，不得向被投诉的分局、办税厅透露。", "不得为被投诉人说情、拖延办理。"),
        role=Role.CLERK,
        superior="440600-tax-02",
        stand_in="440600-tax-12",
        powers="调取系统记录，询问有关人员。",
    ),
    Sheet(
        "440600-tax-12",
        TAX,
        "监察室副主任",
        "监察室",
        REVIEWER,
        business=("审核投诉答复和处理建议。", "组织明查暗访，检查窗口着装、在岗和服务用语。"),
        integrity=("落实税务人员廉洁自律规定，受理内部举报并保密。",),
        role=Role.CLERK,
        superior="440600-tax-02",
        stand_in="440600-tax-11",
        powers="审核投诉答复，提出问责建议。",
    ),
    Sheet(
        "440600-tax-31",
        TAX,
        "办税服务厅主任",
        "办税服务厅",
        REVIEWER,
        business=(
            "统筹窗口排班，申报期高峰增开窗口，等候时间不超过三十分钟。",
            "落实首问责任和一次性告知，当场处理纳税人意见。",
        ),
        integrity=("窗口人员不得从事税务代理，不得介绍中介。", "发票代开按系统限额办理，每日核对。"),
        superior="440600-tax-02",
        stand_in="440600-tax-32",
        powers="调配窗口，审核当场办结事项。",
    ),
    Sheet(
        "440600-tax-32",
        TAX,
        "税务登记和发票岗",
        "办税服务厅",
        HANDLER,
        business=("税务登记材料齐全的当场办结。", "发票领购即时办理；代开发票十五分钟内办结。"),
        integrity=("不得刁难纳税人，不得违规收取工本费以外的费用。", "严格核对身份和业务凭证，防止虚开。"),
        superior="440600-tax-31",
        stand_in="440600-tax-33",
        powers="办理登记、发票领购和代开。",
    ),
    Sheet(
        "440600-tax-33",
        TAX,
        "退税审核岗",
        "征收管理科",
        HANDLER,
        business=("受理误收多缴退税申请，法定三十日，承诺自受理之日起二十日内办结。", "材料不符的一次性书面告知。"),
        integrity=("不得拖延退税、变相要求纳税人放弃退税。", "退税金额由两人复核。"),
        superior="440600-tax-02",
        stand_in="440600-tax-32",
        powers="提出准予退税的建议。",
    ),
    Sheet(
        "440600-tax-34",
        TAX,
        "税务检查岗",
        "稽查局",
        HANDLER,
        business=("按计划实施检查，出示检查证和通知书，两人以上进行。", "检查终结后按期送达结论，告知陈述申辩权利。"),
        integrity=("不得泄露纳税人商业秘密。", "与被查单位有利害关系的必须回避。"),
        superior="440600-tax-02",
        powers="实施检查，提出处理建议。",
    ),
)

CITY_SASAC: tuple[Sheet, ...] = (
    Sheet(
        "440600-sasac-01",
        SASAC,
        "主任",
        "委领导",
        APPROVER,
        business=("主持市国资委全面工作。", "审批投诉件的答复和结案报告。"),
        integrity=("履行党风廉政建设第一责任人职责。", "企业改制、产权转让重大事项集体决策、进场交易。"),
        role=Role.ORGAN_LEADER,
        is_head=True,
        stand_in="440600-sasac-02",
        powers="批准国有资产监管事项和投诉答复。",
    ),
    Sheet(
        "440600-sasac-02",
        SASAC,
        "副主任（分管产权和信访）",
        "委领导",
        APPROVER,
        business=("分管产权管理、信访和效能投诉。", "协调改制企业职工反映的历史遗留问题。"),
        integrity=("不得在监管企业兼职取酬。", "对分管科室廉政建设负主要领导责任。"),
        role=Role.ORGAN_LEADER,
        is_head=True,
        superior="440600-sasac-01",
        stand_in="440600-sasac-01",
        powers="批准分管范围内的事项和投诉答复。",
    ),
    Sheet(
        "440600-sasac-11",
        SASAC,
        "效能投诉承办岗",
        "纪检监察室",
        HANDLER,
        business=("一个工作日内签收交办件。", "会同产权、考核科室核查，按期起草答复。"),
        integrity=("对投诉人身份和举报线索严格保密。", "涉及本人原任职企业的投诉主动回避。"),
        role=Role.CLERK,
        superior="440600-sasac-02",
        stand_in="440600-sasac-12",
        powers="调阅案卷，向监管企业了解情况。",
    ),
    Sheet(
        "440600-sasac-12",
        SASAC,
        "纪检监察室主任",
        "纪检监察室",
        REVIEWER,
        business=("审核投诉答复和处理建议。", "检查监管企业厂务公开情况。"),
        integrity=("督促企业负责人报告个人有关事项。",),
        role=Role.CLERK,
        superior="440600-sasac-02",
        stand_in="440600-sasac-11",
        powers="审核投诉答复，提出问责建议。",
    ),
    Sheet(
        "440600-sasac-31",
        SASAC,
        "产权登记岗",
        "产权管理科",
        HANDLER,
        business=("受理企业国有资产产权登记，承诺十个工作日内办结。", "核对评估备案，材料不齐的一次性告知。"),
        integrity=("不得指定评估、审计机构。", "评估备案专家抽签产生，结果公示。"),
        superior="440600-sasac-02",
        powers="提出准予登记的建议。",
    ),
    Sheet(
        "440600-sasac-32",
        SASAC,
        "改制企业职工事务岗",
        "企业改革科",
        HANDLER,
        business=("受理改制企业退休和下岗职工的诉求，出具工龄、身份证明。", "五个工作日内答复能否办理。"),
        integrity=("不得收取任何费用。", "如实出具证明，不得弄虚作假。"),
        superior="440600-sasac-02",
        powers="查阅改制档案，出具证明。",
    ),
)

CHANCHENG: tuple[Sheet, ...] = (
    Sheet(
        "440604-01",
        PILOT_DISTRICT,
        "副区长（分管效能建设）",
        "区政府领导",
        APPROVER,
        business=(
            "分管全区机关效能建设和行政服务，审批区政府承办投诉件的答复。",
            "协调区属部门、镇街之间的职责争议，确定牵头单位。",
        ),
        integrity=("对分管部门的廉政建设负主要领导责任。", "不插手征地拆迁补偿和工程发包。"),
        role=Role.ORGAN_LEADER,
        is_head=True,
        powers="批准区政府承办件的答复，指定牵头单位。",
    ),
    Sheet(
        "440604-11",
        PILOT_DISTRICT,
        "效能投诉承办岗",
        "区政府办公室督查科",
        HANDLER,
        business=(
            "一个工作日内签收市效能办交办件，分送区属部门和镇街并跟踪。",
            "职责不清的先行登记，报请分管领导确定承办单位。",
            "汇总全区在办件，逾期前一个工作日提醒。",
        ),
        integrity=("对投诉人身份保密，分送时隐去身份信息。", "不得替下级单位隐瞒逾期。"),
        role=Role.CLERK,
        superior="440604-01",
        stand_in="440604-12",
        powers="督促区属部门和镇街，调阅案卷。",
    ),
    Sheet(
        "440604-12",
        PILOT_DISTRICT,
        "督查科科长",
        "区政府办公室督查科",
        REVIEWER,
        business=("审核区政府承办件的答复。", "每月通报全区效能投诉办理情况。"),
        integrity=("督促各单位签订廉政责任书。",),
        role=Role.CLERK,
        superior="440604-01",
        stand_in="440604-11",
        powers="审核答复，提出通报建议。",
    ),
    Sheet(
        "440604-21",
        PILOT_DISTRICT,
        "政务公开专员",
        "区政府办公室",
        HANDLER,
        business=("维护区政府公开目录，指导区属部门公开。", "办理依申请公开。"),
        integrity=("公开前进行保密审查。",),
        role=Role.DISCLOSURE_EDITOR,
        superior="440604-01",
        powers="编制、更新公开目录。",
    ),
    Sheet(
        "440604-service-centre-31",
        "440604-service-centre",
        "综合窗口首问岗",
        "综合服务科",
        HANDLER,
        business=("履行首问责任，本中心能办的当场受理，不能办的告知去处并交接。", "材料不齐的一次性书面告知。"),
        integrity=("不得收受办事群众的财物。", "不得为熟人插队、越权办理。"),
        powers="收件、出件、当场办结即办件。",
    ),
    Sheet(
        "440604-construction-31",
        "440604-construction",
        "燃气和物业管理岗",
        "公用事业科",
        HANDLER,
        business=("受理物业服务纠纷和燃气安全隐患反映，五个工作日内到场。", "督促物业企业限期整改并回访。"),
        integrity=("不得指定燃气安装、检测单位。", "检查由两人以上进行，留存记录。"),
        powers="现场检查，责令限期改正。",
    ),
    Sheet(
        "440604-city-management-31",
        "440604-city-management",
        "街面执法岗",
        "直属中队",
        HANDLER,
        business=("按网格巡查占道经营和违章搭建。", "接到反映后一个工作日内到现场处理。"),
        integrity=("处罚必须出具法定票据，暂扣物品当场登记交接。", "不得收受摊贩钱物、通风报信。"),
        powers="现场检查、当场处罚（对公民二百元以下、对法人或者其他组织三千元以下罚款）、登记保存。",
    ),
)

# Departments of the pilot district whose items are handled at a window of their own: end of the code, post, section.
WINDOWS = (
    ("civil-affairs", "婚姻登记和社会事务岗", "社会事务股"),
    ("health", "卫生行政许可岗", "行政审批股"),
    ("labour", "就业和劳动关系岗", "行政审批股"),
    ("education", "教育行政许可岗", "行政审批股"),
    ("industry-commerce", "企业登记岗", "注册登记股"),
    ("police", "户政和治安许可岗", "行政审批股"),
    ("land", "不动产登记和用地审批岗", "行政审批股"),
    ("environment", "环境影响评价和排污许可岗", "行政审批股"),
    ("finance", "财政票据和采购监管岗", "综合股"),
)


def _windows() -> Iterator[Sheet]:
    """Yield the posts that answer for the items of the pilot district's departments (docs/domain.md 5)."""
    for name, post, section in WINDOWS:
        organ = f"{PILOT_DISTRICT}-{name}"
        yield Sheet(
            f"{organ}-31",
            organ,
            post,
            section,
            HANDLER,
            business=("受理本岗位的服务事项，材料不齐的一次性书面告知。", "在承诺时限内办结，到期前一个工作日自查。"),
            integrity=("不得收受办事群众的财物，不得指定中介机构。", "与申请人有利害关系的主动回避。"),
            superior=f"{organ}-01",
            stand_in=f"{organ}-11",
            powers="对符合条件的申请提出办理意见，当场办结即办件。",
        )


# What is about the city's own efficiency office (docs/trust.md Z-09): one drafts, another decides, a third reviews.
CITY_LEADING_GROUP: tuple[Sheet, ...] = (
    Sheet(
        f"{LEADING_GROUP}-01",
        LEADING_GROUP,
        "组长",
        "领导小组",
        APPROVER,
        business=("主持领导小组工作，对反映市效能办人员的投诉件的复核作出决定。",),
        integrity=("与本人有利害关系的投诉件主动回避。",),
        role=Role.OFFICE_OFFICER,
        is_head=True,
        stand_in=f"{LEADING_GROUP}-02",
        powers="决定复核结果，批示、批准延期和答复。",
    ),
    Sheet(
        f"{LEADING_GROUP}-02",
        LEADING_GROUP,
        "副组长（分管复查）",
        "领导小组",
        APPROVER,
        business=("对反映市效能办人员的投诉件的复查作出决定，不参与其办理。",),
        integrity=("复查期间不单独接触任何一方。",),
        role=Role.OFFICE_OFFICER,
        is_head=True,
        superior=f"{LEADING_GROUP}-01",
        stand_in=f"{LEADING_GROUP}-01",
        powers="决定复查结果：维持、责令重新办理或者予以受理。",
    ),
    Sheet(
        f"{LEADING_GROUP}-03",
        LEADING_GROUP,
        "副组长（分管办理）",
        "领导小组",
        APPROVER,
        business=("对反映市效能办人员的投诉件作出批示，审定答复。",),
        integrity=("不向市效能办透露投诉人身份和投诉内容。",),
        role=Role.OFFICE_OFFICER,
        is_head=True,
        superior=f"{LEADING_GROUP}-01",
        stand_in=f"{LEADING_GROUP}-02",
        powers="批示、批准延期，审定答复。",
    ),
    Sheet(
        f"{LEADING_GROUP}-11",
        LEADING_GROUP,
        "专职联络员",
        "领导小组",
        HANDLER,
        business=("受理、登记、呈批反映市效能办人员的投诉件，查明事实并起草答复。",),
        integrity=("对投诉人身份严格保密。", "不与市效能办人员谈论经办的投诉件。"),
        role=Role.OFFICE_OFFICER,
        superior=f"{LEADING_GROUP}-03",
        powers="受理、登记、呈批、办理、回访、归档。",
    ),
)


def _district_office(code: str, name: str) -> Iterator[Sheet]:
    office = f"{code}-office"
    yield Sheet(
        f"{office}-01",
        office,
        "主任",
        "办公室领导",
        APPROVER,
        business=(f"主持{name}效能办工作，对呈批的投诉件作出批示。", "批准延期和自办件的答复，签发督办单。"),
        integrity=("履行本办党风廉政建设第一责任人职责。", "与本人有利害关系的投诉件主动回避。"),
        role=Role.OFFICE_OFFICER,
        is_head=True,
        stand_in=f"{office}-02",
        powers="批示、批准延期、签发督办单。",
    )
    yield Sheet(
        f"{office}-02",
        office,
        "副主任",
        "办公室领导",
        APPROVER,
        business=("分管投诉受理和督查。", "主任外出期间代行批示职责。"),
        integrity=("对分管工作的廉政建设负主要领导责任。",),
        role=Role.OFFICE_OFFICER,
        is_head=True,
        superior=f"{office}-01",
        stand_in=f"{office}-01",
        powers="在授权范围内批示、协调。",
    )
    yield Sheet(
        f"{office}-11",
        office,
        "投诉受理岗",
        "投诉中心",
        HANDLER,
        business=("受理、登记、呈批涉及本区单位的投诉件。", "审查结案报告，回访并归档。"),
        integrity=("对投诉人身份严格保密。", "不得压件、瞒报。"),
        role=Role.OFFICE_OFFICER,
        superior=f"{office}-02",
        stand_in=f"{office}-02",
        powers="受理、登记、呈批、回访、归档。",
    )
    yield Sheet(
        f"{office}-21",
        office,
        "督查岗",
        "督查组",
        HANDLER,
        business=("督办本区逾期件。", "开展明查暗访，每次不少于两人。"),
        integrity=("不接受被督查单位的宴请和礼品。",),
        role=Role.INSPECTOR,
        superior=f"{office}-02",
        powers="调阅案卷，发出督办单。",
    )


def _standard(row: OrganRow) -> Iterator[Sheet]:
    """Every organ has somebody who handles complaints and somebody who answers for the reply."""
    of_town = row.kind in (OrganKind.TOWN, OrganKind.STREET)
    head = {
        OrganKind.TOWN: "镇长",
        OrganKind.STREET: "办事处主任",
        OrganKind.GOVERNMENT: "副区长（分管效能建设）",
    }.get(row.kind, "主任" if row.name.endswith(("中心", "委员会")) else "局长")
    section = "党政办公室" if of_town else "办公室"
    leader, clerk = f"{row.code}-01", f"{row.code}-11"
    yield Sheet(
        leader,
        row.code,
        head,
        "领导班子",
        APPROVER,
        business=("对本单位效能建设负总责，审批投诉件的答复和结案报告。", "每月安排接待日，当面听取群众意见。"),
        integrity=("履行党风廉政建设第一责任人职责。", "人事、财务、工程事项集体讨论决定。"),
        role=Role.ORGAN_LEADER,
        is_head=True,
        powers="批准本单位承办件的答复。",
    )
    yield Sheet(
        clerk,
        row.code,
        "效能投诉承办岗",
        section,
        HANDLER,
        business=("一个工作日内签收交办件，两个工作日内联系实名投诉人。", "查明事实，按期起草答复和结案报告。"),
        integrity=("对投诉人身份保密，不得转给被投诉的科室和个人。", "有利害关系的主动回避。"),
        role=Role.CLERK,
        superior=leader,
        powers="调阅本单位案卷，询问有关人员。",
    )


def sheets(rows: Iterable[OrganRow] | None = None) -> Iterator[Sheet]:
    """Yield the sheets of every organ of the city; ``rows`` are the organs, by default all of them."""
    in_full = CITY_OFFICE + CITY_GOVERNMENT + CITY_CONSTRUCTION + CITY_TAX + CITY_SASAC + CHANCHENG
    with_own = {CITY, OFFICE, LEADING_GROUP, CONSTRUCTION, TAX, SASAC, PILOT_DISTRICT}
    for sheet in in_full:
        yield replace(sheet, **SHEETS.get(sheet.code, {}))
    for row in rows or organs():
        if row.code in with_own:
            continue
        if row.kind == OrganKind.EFFICIENCY_OFFICE:
            yield from _district_office(row.parent, row.short_name.removesuffix("效能办"))
        else:
            yield from _standard(row)
    yield from _windows()
    yield from CITY_LEADING_GROUP
