// What the page of tickets says.

export const KIND = { complaint: "投诉", fault: "报修", registration: "实名登记", call_back: "回电", booking: "预约", money: "退费", service: "业务办理" };
export const STATE = { open: "待处理", working: "处理中", done: "待客户确认", closed: "已办结", cancelled: "已撤销" };
export const CATEGORY = {
  fee: "收费", unwanted: "没订过的业务", plan: "套餐、资费", promise: "承诺没兑现", refund: "退费、到账", broadband: "宽带", network: "信号、网络",
  signal: "信号", data: "上网", sms: "短信", calls: "通话", staff: "服务态度", service: "服务", harassment: "骚扰电话", advertising: "垃圾短信",
  leaving: "销户、携号转网", privacy: "个人信息", wrong_plan: "套餐录错", far_from_home: "跨省登记", other: "其他",
};
export const ACT = {
  opened: "受理", added: "客户补充", file: "客户发来文件", visit: "客户改上门时间", urged: "客户催办", taken: "开始处理", noted: "备注（客户看不到）", answered: "答复客户", escalated: "升级",
  done: "处理完毕", closed: "办结", reopened: "客户不满意，重新处理", cancelled: "客户撤销",
};

export function actor(name) {
  const [kind, who] = name.split(/:(.*)/);
  return kind === "agent" ? who : { customer: "客户", hall: "系统" }[kind] ?? name;
}

const MOMENT = new Intl.DateTimeFormat("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

export const moment = (iso) => MOMENT.format(new Date(iso));
