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

    ALIASES = nonmember({"Y": "√ ✓ 有", "N": "× ✗ 没有"})

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

    ALIASES = nonmember({
        "travel_city": "高铁 动车 火车 机票 飞机 城际交通 长途汽车 train flight",
        "travel_local": "打车 出租车 网约车 地铁 公交 市内交通 taxi",
        "hotel": "住宿 酒店 酒店住宿 住宿费用 accommodation",
        "meal": "餐补 伙食补助 伙食补贴",
        "entertainment": "招待费 业务招待 招待",
        "office": "办公用品 办公用品费",
        "communication": "通讯 话费 电话费",
        "training": "培训",
        "meeting": "会议",
        "marketing": "推广费 市场推广",
        "postage": "快递 快递费 邮寄 邮费",
    })  # fmt: skip

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


class City(Choices):
    """Cities whose tier Policy names, and two others; a centre adds its own."""

    BEIJING = "北京", "Beijing", "北京"
    SHANGHAI = "上海", "Shanghai", "上海"
    GUANGZHOU = "广州", "Guangzhou", "广州"
    SHENZHEN = "深圳", "Shenzhen", "深圳"
    TIANJIN = "天津", "Tianjin", "天津"
    SHIJIAZHUANG = "石家庄", "Shijiazhuang", "石家庄"
    TAIYUAN = "太原", "Taiyuan", "太原"
    HOHHOT = "呼和浩特", "Hohhot", "呼和浩特"
    SHENYANG = "沈阳", "Shenyang", "沈阳"
    DALIAN = "大连", "Dalian", "大连"
    CHANGCHUN = "长春", "Changchun", "长春"
    HARBIN = "哈尔滨", "Harbin", "哈尔滨"
    NANJING = "南京", "Nanjing", "南京"
    SUZHOU = "苏州", "Suzhou", "苏州"
    HANGZHOU = "杭州", "Hangzhou", "杭州"
    NINGBO = "宁波", "Ningbo", "宁波"
    HEFEI = "合肥", "Hefei", "合肥"
    FUZHOU = "福州", "Fuzhou", "福州"
    XIAMEN = "厦门", "Xiamen", "厦门"
    NANCHANG = "南昌", "Nanchang", "南昌"
    JINAN = "济南", "Jinan", "济南"
    QINGDAO = "青岛", "Qingdao", "青岛"
    ZHENGZHOU = "郑州", "Zhengzhou", "郑州"
    WUHAN = "武汉", "Wuhan", "武汉"
    CHANGSHA = "长沙", "Changsha", "长沙"
    NANNING = "南宁", "Nanning", "南宁"
    HAIKOU = "海口", "Haikou", "海口"
    CHONGQING = "重庆", "Chongqing", "重庆"
    CHENGDU = "成都", "Chengdu", "成都"
    GUIYANG = "贵阳", "Guiyang", "贵阳"
    KUNMING = "昆明", "Kunming", "昆明"
    LHASA = "拉萨", "Lhasa", "拉萨"
    XIAN = "西安", "Xi'an", "西安"
    LANZHOU = "兰州", "Lanzhou", "兰州"
    XINING = "西宁", "Xining", "西宁"
    YINCHUAN = "银川", "Yinchuan", "银川"
    URUMQI = "乌鲁木齐", "Urumqi", "乌鲁木齐"
    SHAOXING = "绍兴", "Shaoxing", "绍兴"
    LUOYANG = "洛阳", "Luoyang", "洛阳"


class Post(Choices):
    """Posts: examples, in the place of which a centre puts its own."""

    CENTRE_DIRECTOR = "中心主任", "Centre Director", "中心主任"
    DEPUTY_DIRECTOR = "副主任", "Deputy Director", "副主任"
    DEPARTMENT_MANAGER = "部门经理", "Department Manager", "部门经理"
    PROJECT_SUPERVISOR = "项目主管", "Project Supervisor", "项目主管"
    PROJECT_OFFICER = "项目专员", "Project Officer", "项目专员"
    OPERATIONS_OFFICER = "运营专员", "Operations Officer", "运营专员"
    POLICY_OFFICER = "制度专员", "Policy Officer", "制度专员"
    PURCHASING_OFFICER = "采购专员", "Purchasing Officer", "采购专员"
    SENIOR_ANALYST = "高级分析师", "Senior Analyst", "高级分析师"
    DATA_ANALYST = "数据分析师", "Data Analyst", "数据分析师"
    DATA_ENGINEER = "数据工程师", "Data Engineer", "数据工程师"
    DATA_OFFICER = "数据专员", "Data Officer", "数据专员"
    SERVICE_SUPERVISOR = "客服主管", "Service Supervisor", "客服主管"
    SERVICE_AGENT = "客服专员", "Service Agent", "客服专员"
    QUALITY_INSPECTOR = "质检专员", "Quality Inspector", "质检专员"
    FINANCE_MANAGER = "财务经理", "Finance Manager", "财务经理"
    ACCOUNTANT = "会计", "Accountant", "会计"
    REVIEWING_ACCOUNTANT = "审核会计", "Reviewing Accountant", "审核会计"
    CASHIER = "出纳", "Cashier", "出纳"


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
