"""
The Chinese texts of answers: an official paper of the organ, whoever reads it (国令711号 Art. 36 to 39).

A template is what a worker begins with, never what is sent unread: gaps stand in 〔〕, and a text that still holds one
is not taken. Numbers of documents are written with the same signs, 佛府〔2026〕12号: what is no gap may stand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from disclosure.models import InformationRequest
from disclosure.requests.enums import Ground, Outcome

GAP = re.compile("〔[^〕]*〕")
GAP_OF_BASIS = "〔第十四条、第十五条或者第十六条〕"
REMEDY = (
    "如对本答复不服，可以自收到本答复之日起六十日内依法申请行政复议，或者自收到本答复之日起六个月内依法向人民法院提起行政诉讼。"
    "也可以自本答复发出之日起三十日内，凭编号和查询码申请内部复核；申请内部复核不影响上述期限的计算。"
)
BASIS = "《中华人民共和国政府信息公开条例》"


@dataclass(frozen=True, slots=True)
class Template:
    """What an answer of an outcome says: the article it rests on, and the words around the gaps."""

    article: str
    body: str


TEMPLATES: Mapping[Outcome, Template] = {
    Outcome.GRANTED: Template(
        "第三十六条第（二）项", "您申请的政府信息可以公开，现将该信息提供给您，详见附件：〔附件名称〕。"
    ),
    Outcome.ALREADY_PUBLIC: Template(
        "第三十六条第（一）项", "您申请的政府信息已主动公开，获取的方式和途径为：〔网址或者索引号、获取方式〕。"
    ),
    Outcome.PARTLY_GRANTED: Template(
        "第三十七条",
        "您申请的政府信息中含有不应当公开的内容，但是能够作区分处理。现向您提供可以公开的部分，详见附件：〔附件名称〕；"
        "不予公开的部分及理由为：〔不予公开的部分，依据的条款和理由〕。",
    ),
    Outcome.REFUSED: Template("第三十六条第（三）项", "您申请的政府信息不予公开，理由如下：〔事实和理由〕。"),
    Outcome.NOT_EXIST: Template(
        "第三十六条第（四）项",
        "经检索查找，本机关未制作、未获取您申请的政府信息，该政府信息不存在。检索情况：〔检索的范围、方式和关键词〕。",
    ),
    Outcome.NOT_THIS_ORGAN: Template(
        "第三十六条第（五）项",
        "您申请的政府信息不属于本机关负责公开。依据职责，该信息可能由〔机关名称〕负责公开，建议您向该机关提出申请，"
        "联系方式：〔联系方式〕。",
    ),
    Outcome.NEEDS_PROCESSING: Template(
        "第三十八条",
        "您申请的内容没有现成信息，需要本机关对现有政府信息进行加工、分析，本机关不予提供。〔可以自行查阅的相关信息〕",
    ),
    Outcome.UNCLEAR: Template(
        "第三十条",
        "本机关已一次性告知您补正，但补正后申请内容仍不明确，本机关无法按照您的申请提供政府信息。〔不明确之处〕",
    ),
    Outcome.OTHER_LAW: Template(
        "第三十六条第（七）项",
        "您申请的信息属于〔不动产登记、工商登记等〕资料，有关法律、行政法规对其获取有特别规定，请您依照〔法律、行政法规名称〕"
        "的规定，向〔办理机构〕申请查询。",
    ),
    Outcome.IS_PETITION: Template(
        "第三十九条第一款",
        "您以政府信息公开申请的形式进行信访、投诉、举报等活动，本机关不作为政府信息公开申请处理。"
        "您可以通过〔信访、投诉、举报渠道〕提出。",
    ),
    Outcome.REPEATED: Template(
        "第三十六条第（六）项",
        "本机关已于〔年月日〕就您提出的相同内容的政府信息公开申请作出答复（编号：〔原申请编号〕），"
        "您重复申请公开相同政府信息，本机关不再重复处理。",
    ),
    Outcome.PUBLICATION: Template(
        "第三十九条第二款",
        "您申请提供的是〔政府公报、报刊、书籍等〕公开出版物，本机关不予提供。您可以通过〔获取途径〕获取。",
    ),
    Outcome.EXCESSIVE: Template(
        "第三十五条",
        "您申请公开政府信息的数量、频次明显超过合理范围，本机关已要求您说明理由。经审查，您说明的理由不合理，"
        "本机关不予处理。〔不合理之处〕",
    ),
    Outcome.REISSUE: Template(
        "第三十六条",
        "您要求本机关对已经获取的政府信息进行确认或者重新出具，本机关不予处理。该信息已于〔年月日〕通过〔方式〕提供给您。",
    ),
}
# What a refusal rests on besides.
ARTICLE_OF_GROUND = {
    Ground.STATE_SECRET: "第十四条（依法确定为国家秘密的政府信息）",
    Ground.FORBIDDEN: "第十四条（法律、行政法规禁止公开的政府信息）",
    Ground.SECURITY: "第十四条（公开后可能危及国家安全、公共安全、经济安全、社会稳定的政府信息）",
    Ground.THIRD_PARTY: "第十五条（涉及商业秘密、个人隐私等公开会对第三方合法权益造成损害的政府信息）",
    Ground.INTERNAL: "第十六条第一款（内部事务信息）",
    Ground.PROCESS: "第十六条第二款（过程性信息）",
    Ground.ENFORCEMENT: "第十六条第二款（行政执法案卷信息）",
}


def text_of(request: InformationRequest, outcome: Outcome, ground: str = "") -> str:
    """Return the text with which the draft of an answer begins: what was asked, basis, words of the outcome, remedy."""
    template = TEMPLATES[outcome]
    basis = f"{BASIS}{template.article}"
    if outcome is Outcome.REFUSED:
        basis += f"、{ARTICLE_OF_GROUND[Ground(ground)] if ground else GAP_OF_BASIS}"
    parts = (
        f"您向{request.organ.name}提出的政府信息公开申请（编号：{request.number}）收悉。您申请公开：{request.title}。",
        f"经审查，根据{basis}的规定，现答复如下：",
        template.body,
        REMEDY,
    )
    return "\n\n".join(parts)


def gaps_left(words: str, outcome: Outcome) -> list[str]:
    """Return the gaps of the template of an outcome that a text still holds."""
    gaps = GAP.findall(TEMPLATES[outcome].body)
    return [gap for gap in (*gaps, GAP_OF_BASIS) if gap in words]
