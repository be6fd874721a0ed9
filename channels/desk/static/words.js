// What the desk's page says.

export const CHANNEL = { web: "网上聊天", sms: "短信", rest: "接口" };
export const TIER = { basic: "普通", silver: "银卡", gold: "金卡", diamond: "钻石卡", enterprise: "政企" };
export const STATE = { waiting: "等待中", taken: "服务中", closed: "已结束" };
export const REASON = { asked: "客户要求", misunderstood: "多次没有听懂", anger: "客户不满", senior: "年长客户", failure: "系统故障" };
export const AUTHOR = { customer: "客户", bot: "机器人", agent: "坐席", system: "系统" };
export const VALUE = { national: "国内流量", provincial: "省内流量", wechat: "微信支付", alipay: "支付宝" };
export const SCOPE = { national: "国内", provincial: "省内" };
export const ORDER = {
  AWAIT_PAY: "待支付", PAID: "已支付", SUBMITTING: "提交中", PROCESSING: "充值中", SUCCEEDED: "充值成功", FAILED: "充值失败",
  PARTIAL: "部分到账", REFUNDING: "退款中", REFUNDED: "已退款", REFUND_STUCK: "退款待人工处理", EXPIRED: "已过期", CANCELLED: "已取消",
};
export const TROUBLE = {
  wrong: "工号或密码不对。", locked: "尝试次数过多，请五分钟后再试。", not_yours: "这位客户已由其他坐席接入，或对话已经结束。",
  busy: "对话正在更新，请再试一次。", no_handoff: "没有这个对话。", unavailable: "系统暂时不可用，请稍后再试。", other: "没有成功，请再试一次。",
};

const TIME = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

export const time = (iso) => TIME.format(new Date(iso));

/** Seconds as people say them. */
export function span(seconds) {
  if (seconds < 60) return "不到 1 分钟";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分钟`;
  return `${Math.floor(seconds / 3600)} 小时 ${Math.floor((seconds % 3600) / 60)} 分`;
}

/** 1024 → 1GB, 500 → 500MB. */
export const volume = (mb) => (mb % 1024 ? `${mb}MB` : `${mb / 1024}GB`);
