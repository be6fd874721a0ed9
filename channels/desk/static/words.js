// What the desk's page says.

export const CHANNEL = { web: "网上聊天", sms: "短信", rest: "接口" };
export const SHORT = { web: "网页", sms: "短信", rest: "接口" };
export const TIER = { basic: "普通", silver: "银卡", gold: "金卡", diamond: "钻石卡", enterprise: "政企" };
export const STATE = { waiting: "等待中", taken: "服务中", closed: "已结束" };
export const REASON = { asked: "客户要求", misunderstood: "多次没有听懂", anger: "客户不满", senior: "年长客户", failure: "系统故障", stuck: "系统故障，对话已搁置", wondered: "问起人工", complaint: "投诉", danger: "紧急：被骗、被盗、受威胁" };
export const AUTHOR = { customer: "客户", bot: "机器人", agent: "坐席", system: "系统" };
export const KIND = { message: "留言" };
export const PRESENCE = { online: "在线", busy: "忙碌", break: "小休", off: "离线" };
export const RATING = { good: "满意", fair: "一般", bad: "不满意" };
export const CARD = {
  balance: "余额", bill: "账单", bills: "账单", plan: "套餐", plans: "套餐", usage: "用量", points: "积分", services: "业务", payments: "缴费记录", payment: "付款", purchase: "订单",
  ticket: "工单", stores: "营业厅", confirm: "确认单", sheet: "资料", ask: "提问", file: "文件",
};
export const NOTE = { note: "备注", transfer: "转接说明", reveal: "查看完整号码" };
export const LINE = { active: "正常", suspended: "已停机", lost: "已挂失" };
export const FLAG = {
  arrears: "欠费停机", blacklisted: "黑名单", excludes_data_packages: "套餐不能叠加流量包", mvno: "虚拟运营商", senior: "老年客户", company: "单位客户", far_from_home: "人在外省",
  disputed_plan: "套餐有争议", unwanted_service: "有未确认的业务",
};
export const DOWN = { subscriber: "客户资料", balance: "余额", bill: "账单", plan: "套餐", line: "号码状态" };
export const WAY = { wechat: "微信支付", alipay: "支付宝" };
export const NEWS = { offer: "分配给您一位客户", message: "客户发来新消息", waiting: "有客户在等待", due: "搁置的时间到了" };
export const SCOPE = { national: "国内", provincial: "省内" };
export const ORDER = {
  DRAFT: "已展示", CONFIRMED: "已确认", AWAIT_PAY: "待支付", PAID: "已支付", SUBMITTING: "提交中", PROCESSING: "充值中", SUCCEEDED: "充值成功", FAILED: "充值失败",
  PARTIAL: "部分到账", REFUNDING: "退款中", REFUNDED: "已退款", REFUND_STUCK: "退款待人工处理", EXPIRED: "已过期", CANCELLED: "已取消",
};
export const CASE = {
  amount_differs: "付款金额不符", unknown_order: "付款没有对应订单", outcome_unknown: "充值结果不明", partial_unclear: "部分到账金额不明",
  contradiction: "前后说法不一", refund_stuck: "退款受阻", in_between: "订单停滞", slow: "充值偏慢", compensation: "补偿待批", fee_refund: "退费待批", statement: "对账差异", books: "账目与订单不符",
};
export const FACT = {
  number: "号码", state: "状态", why: "原因", reason: "原因", price_fen: "应付", paid_fen: "已付", amount_fen: "金额", told_fen: "对方所称",
  now_amount_fen: "现称金额", provider: "支付渠道", provider_no: "渠道单号", refund_no: "退款单号", supplier_no: "供货方单号", told: "对方所称",
  by: "来源", what: "差异", party: "对方", kind: "类别", ours_fen: "我方", theirs_fen: "对方金额", asked_by: "申请人", compensation: "补偿单号", fee_refund: "退费单号", fee_fen: "退费", compensation_fen: "补偿", months: "月份",
};
const ACTOR = {
  hall: "系统", customer: "客户", supplier: "供货方", clock: "定时", notice: "付款通知", query: "付款查询", callback: "供货方回调", payment: "支付渠道", agent: "坐席",
};
const PARTY = { demo: "演示", wechat: "微信支付", alipay: "支付宝", zhichong: "直充", supplier: "供货方" };
const ACCOUNT = {
  customer: "客户款", refund: "待退款", supplier: "供货方", compensation: "补偿支出", suspense: "挂账", granted: "待发放", line: "已发放", fees: "退费支出", recourse: "向业务方追偿",
};
export const WHY = { refused_by_network: "网络侧拒绝", unknown_number: "没有这个号码" };
export const STUCK = {
  partial_unclear: "部分到账，金额不明", outcome_unknown: "供货方没有明确结果", contradiction: "前后说法不一", refund: "退款受阻", refund_stuck: "退款受阻", amount_differs: "付款金额不符", in_between: "停留太久", slow: "充值偏慢",
};
// what is to be done next, by why an order waits for a person, else by its state
export const NEXT = {
  partial_unclear: "向供货方问清到账了多少，再点“供货方确认部分到账”，余下的会自动退款。", outcome_unknown: "先点“再查一次”；仍没有结果就联系供货方，按对方的答复登记。",
  contradiction: "与供货方或支付渠道的页面核对，以核实的为准登记。", in_between: "点“再查一次”；仍不动就告诉系统运维。", slow: "点“再查一次”，并告诉客户仍在充值、不会重复扣款。",
  refund: "点“重新提交退款”；若已另行退款，登记凭证号。", amount_differs: "核对付款与应付的金额：点“退回”退还挂账的钱。",
  REFUND_STUCK: "点“重新提交退款”；若已另行退款，登记凭证号。", AWAIT_PAY: "等客户付款；过期会自动取消，不会扣款。", PROCESSING: "正在充值，一般几分钟到账；久了点“再查一次”。",
};
export const CAUSE = {
  shown: "展示确认", confirmed: "客户确认", asked_to_pay: "等待付款", paid: "收到付款", expired: "超时未付", cancelled: "客户取消", paid_late: "逾期付款",
  submitting: "提交供货方", accepted: "供货方受理", unknown: "回应丢失", delivered: "到账", failed: "失败", partial: "部分到账", refund: "开始退款",
  refunded: "退款完成", refund_stuck: "退款受阻", resubmitted: "重新提交退款", handed_in: "重新提交退款", flagged: "转人工", unflagged: "人工已处理",
};
export const CALL = {
  notice: "付款通知", query_payment: "查询付款", submit: "提交充值", query: "查询充值", callback: "供货方回调", refund: "申请退款", query_refund: "查询退款",
};
export const SAID = {
  paid: "已付款", unpaid: "未付款", late: "逾期付款", repeat: "重复通知", second: "第二次付款", amount_differs: "金额不符", unknown_order: "没有订单",
  lost: "没有回应", accepted: "受理", processing: "处理中", not_found: "查无此单", succeeded: "成功", failed: "失败", partial: "部分到账", done: "完成",
};
export const PURPOSE = {
  order: "订单付款", second: "重复付款，自动退回", amount_differs: "金额不符，挂账", unknown_order: "没有订单，挂账", given_back: "已退回",
};
export const REFUND = { asked: "已申请", done: "已完成", stuck: "受阻" };
export const ACT = {
  query_again: "再查一次", resubmit: "重新提交退款", paid_by_hand: "人工退款", record_succeeded: "记为到账", record_failed: "记为失败",
  record_partial: "记为部分到账", return_payment: "退回挂账款", close_case: "结案",
  // as earlier versions stored them
  hand_in: "重新提交退款", conclude_succeeded: "记为到账", conclude_failed: "记为失败", conclude_partial: "记为部分到账", give_back: "退回挂账款",
};
export const TROUBLE = {
  code_needed: "请输入手机上的6位动态码。", needs_second: "金额较大：已记下您的操作，还要另一位同事做同样的操作才会执行。",
  no_role: "您的角色不能这样做。", change_password: "请先换掉初始密码。", not_the_same: "两次输入的新密码不一样。",
  bad_password: "新密码不合要求：至少12个字符，不含工号，不用常见的词，也不能和旧的一样。", not_now: "现在不能这样处理，请看最新状态。", no_order: "没有这个订单。", bad_field: "填写的内容不对。",
  wrong: "工号或密码不对。", locked: "尝试次数过多，请五分钟后再试。", not_yours: "这位客户已由其他坐席接入，或对话已经结束。",
  not_proved: "客户还没有验证号码，不能代查。", not_a_look: "只能代查余额、账单、用量、套餐、积分、订单、工单这类问题。", not_there: "这位同事现在不在线。", no_number: "没有这位客户的号码。",
  bad_type: "只能发图片和 PDF 文件。", bad_content: "这个文件打不开，或者里面带有程序，没有发。", too_large: "文件超过 5 MB，没有发。", enough: "这个对话的文件已经够多了。",
  bad_time: "时间要在一分钟之后、十四天之内。", no_answer: "没有可以发送的内容。", busy: "对话正在更新，请再试一次。", no_handoff: "没有这个对话。", unavailable: "系统暂时不可用，请稍后再试。", other: "没有成功，请再试一次。",
};

const TIME = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

const MOMENT = new Intl.DateTimeFormat("zh-CN", {
  month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "Asia/Shanghai",
});

export const moment = (iso) => MOMENT.format(new Date(iso));

export const time = (iso) => TIME.format(new Date(iso));

export const account = (name) => (name.startsWith("payment:") ? `支付渠道（${party(name)}）` : ACCOUNT[name] ?? name);

/** What a record adds: a reason or an actor by its name, else as it was written. */
export const remark = (text) => text && (WHY[text] ?? (/^(notice|query|callback):\w+$/.test(text) ? actor(text) : text));

export const party = (name) => PARTY[name.replace("payment:", "")] ?? name;

/** "notice:wechat" → 付款通知（微信支付）. */
export function actor(name) {
  const [kind, which] = name.split(/:(.*)/);
  return (ACTOR[kind] ?? kind) + (which ? `（${PARTY[which] ?? which}）` : "");
}

/** Seconds as people say them. */
export function span(seconds) {
  if (seconds < 60) return "不到1分钟";
  if (seconds < 3600) return `${Math.floor(seconds / 60)}分钟`;
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)}天`;
  return `${Math.floor(seconds / 3600)}小时${Math.floor((seconds % 3600) / 60)}分`;
}

/** … in a list: 45秒, 3分, 2时5分, 4天. */
export function brief(seconds) {
  if (seconds < 60) return `${seconds}秒`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}分`;
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)}天`;
  return `${Math.floor(seconds / 3600)}时${Math.floor((seconds % 3600) / 60)}分`;
}

const DAY = new Intl.DateTimeFormat("zh-CN", { month: "numeric", day: "numeric", timeZone: "Asia/Shanghai" });
const LONG = new Intl.DateTimeFormat("zh-CN", { month: "long", day: "numeric", weekday: "short", timeZone: "Asia/Shanghai" });

/** A day: 11月27日周五. */
export const date = (iso) => LONG.format(new Date(iso));

/** A moment in a list: the time with its day. */
export const ago = (iso) => `${DAY.format(new Date(iso))} ${time(iso)}`;

/** Until when something is put aside, at `now` of the server's clock: 14:30, 明天 09:00, 12/3 09:00; far away: the customer's word. */
export function until(iso, now) {
  const at = Date.parse(iso);
  if (at - now > 13 * 86400000) return "等客户回复";
  const [today, tomorrow, day] = [now, now + 86400000, at].map((moment) => DAY.format(new Date(moment)));
  return `到${day === today ? "" : day === tomorrow ? "明天" : `${day} `}${time(iso)}`;
}

/** Who a customer is, as far as the desk is told. */
export const who = (item) => item.who ?? "未验证的客户";

/** What an order is for. */
export const product = (order) => (order.product === "credit" ? `话费 ${order.face ?? order.price}元` : `${SCOPE[order.scope] ?? ""}流量 ${volume(order.data_mb)}`);

/** 1024 → 1GB, 500 → 500MB. */
export const volume = (mb) => (mb % 1024 ? `${mb}MB` : `${mb / 1024}GB`);
