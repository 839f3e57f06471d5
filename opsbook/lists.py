"""Value lists that several sheets share."""

from enum import nonmember

from opsbook.grammar import Choices, Step, Text


class Dept(Choices):
    """Departments of the centre, Finance and others."""

    CENTER_OFFICE = "center_office", "Centre Office", "中心办公室"
    OPS_MGMT = "ops_mgmt", "Operations Management Dept", "运营管理部"
    DATA_ANALYSIS = "data_analysis", "Data Analysis Dept", "数据分析部"
    CUST_SERVICE = "cust_service", "Customer Service Dept", "客户服务部"
    FINANCE = "finance", "Finance Dept", "财务部门"
    OTHER = "other", "Other Dept", "其他部门"


class Role(Choices):
    """What a person may do in the workflows."""

    DIRECTOR = "director", "Centre Director", "中心主任"
    DEPUTY = "deputy", "Deputy Director", "副主任"
    OPS_MGMT = "ops_mgmt", "Operations Management", "运营管理部"
    DATA_ANALYSIS = "data_analysis", "Data Analysis", "数据分析部"
    CUST_SERVICE = "cust_service", "Customer Service", "客户服务部"
    FINANCE = "finance", "Finance", "财务部门"
    PROJECT_OWNER = "project_owner", "Project Owner", "项目负责人"
    EMPLOYEE = "employee", "Employee", "员工"


class Yesno(Choices):
    """Yes or no."""

    Y = "Y", "Yes", "是"
    N = "N", "No", "否"


class DocStatus(Choices):
    """Where a document stands."""

    DRAFT = "draft", "Draft", "草稿"
    SUBMITTED = "submitted", "Submitted", "已提交"
    APPROVED = "approved", "Approved", "已批准"
    RETURNED = "returned", "Returned", "已退回"
    REJECTED = "rejected", "Rejected", "已驳回"
    CANCELLED = "cancelled", "Cancelled", "已作废"
    CLOSED = "closed", "Closed", "已关闭"
    OFF_PATH = nonmember(frozenset({"returned", "rejected", "cancelled"}))


class ReviewResult(Choices):
    """What a review came to."""

    PASS = "pass", "Pass", "通过"
    CONDITIONAL = "conditional", "Conditional pass", "有条件通过"
    FAIL = "fail", "Fail", "不通过"



class ExpType(Choices):
    """What a claim line is for; selects its standard."""

    TRAVEL_CITY = "travel_city", "Intercity transport", "城际交通费"
    TRAVEL_LOCAL = "travel_local", "Local transport", "市内交通费"
    HOTEL = "hotel", "Hotel", "住宿费"
    MEAL = "meal", "Meal allowance", "伙食补助费"
    ENTERTAINMENT = "entertainment", "Entertainment", "业务招待费"
    OFFICE = "office", "Office supplies", "办公费"
    COMMUNICATION = "communication", "Communication", "通讯费"
    TRAINING = "training", "Training", "培训费"
    MEETING = "meeting", "Meeting", "会议费"
    MARKETING = "marketing", "Promotion", "市场推广费"
    POSTAGE = "postage", "Postage", "邮寄费"
    OTHER = "other", "Other", "其他"


class AssetClass(Choices):
    """Selects life, residual rate and the code in an asset number."""

    BUILDING = "building", "Buildings", "房屋建筑物"
    MACHINERY = "machinery", "Machinery", "机器设备"
    FURNITURE = "furniture", "Tools and furniture", "器具工具家具"
    VEHICLE = "vehicle", "Vehicles", "运输工具"
    ELECTRONIC = "electronic", "Electronic equipment", "电子设备"
    INTANGIBLE = "intangible", "Other intangible assets", "其他无形资产"
    LOW_VALUE = "low_value", "Low-value item", "低值易耗品"
    SOFTWARE = "software", "Purchased software", "外购软件"


class Response(Choices):
    """What is done about a risk."""

    AVOID = "avoid", "Avoid", "风险规避"
    REDUCE = "reduce", "Reduce", "风险降低"
    TRANSFER = "transfer", "Transfer", "风险转移"
    ACCEPT = "accept", "Accept", "风险接受"


class Health(Choices):
    """A project's light."""

    GREEN = "green", "Green", "绿"
    AMBER = "amber", "Amber", "黄"
    RED = "red", "Red", "红"


class RiskLevel(Choices):
    """How heavy a risk weighs, rising."""

    VERY_LOW = "very_low", "Very low", "极低"
    LOW = "low", "Low", "低"
    MEDIUM = "medium", "Medium", "中"
    HIGH = "high", "High", "高"
    VERY_HIGH = "very_high", "Very high", "极高"


class Frequency(Choices):
    """How often something is measured or done."""

    DAILY = "daily", "Daily", "每日"
    WEEKLY = "weekly", "Weekly", "每周"
    MONTHLY = "monthly", "Monthly", "每月"
    QUARTERLY = "quarterly", "Quarterly", "每季"
    YEARLY = "yearly", "Yearly", "每年"
    ADHOC = "adhoc", "Ad hoc", "不定期"


class Effect(Choices):
    """What came of a measure or a control."""

    EFFECTIVE = "effective", "Effective", "有效"
    PARTIAL = "partial", "Partly effective", "部分有效"
    INEFFECTIVE = "ineffective", "Ineffective", "无效"


class Grade(Choices):
    """The grade of an appraisal, falling."""

    A = "A", "Excellent", "优秀"
    B = "B", "Good", "良好"
    C = "C", "Qualified", "合格"
    D = "D", "To improve", "待改进"
    E = "E", "Unqualified", "不合格"


def document_steps(maker: Text, approver: Text, closer: Text, *, by: tuple[str, str, str]) -> tuple[Step, ...]:
    """The steps of :class:`DocStatus`, as most papers take them; ``by`` says who may, in the order of the arguments."""
    return (
        Step("draft returned", "submitted", maker, by[0]),
        Step("submitted", "approved", approver, by[1]),
        Step("submitted", "returned", approver, by[1]),
        Step("submitted", "rejected", approver, by[1]),
        Step("draft submitted returned", "cancelled", maker, by[0]),
        Step("approved", "closed", closer, by[2]),
    )
