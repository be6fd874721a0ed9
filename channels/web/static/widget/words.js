// What the widget itself says, by language. What the hall says comes with its messages.

const LANGUAGES = {
  "zh-CN": {
    title: `${BRAND}在线客服`, open: "打开在线客服", close: "收起", log: "聊天记录", input: "请输入您的问题", send: "发送",
    you: "您", bot: BRAND, agent: "人工客服", system: "提示", sending: "发送中", sent: "已送达", read: "已读", typing: "正在输入", picture: "图片",
    offline: "网络已断开，正在重新连接。消息会在恢复后自动发出。", connecting: "正在连接…",
    foreign: "此页面未获授权，不能使用在线客服。请从官方网站打开，或拨打客服电话。",
    busy: "系统繁忙，稍后自动重发。",
    waiting: (n) => `正在为您排队转接人工，前面还有 ${n - 1} 位`, next: "正在为您转接人工，下一位就是您",
    person: "人工客服正在为您服务", leave: "不等了",
    refused: { too_long: "消息过长，未能发送。请删减到 4000 字以内。", bad_frame: "这条消息含有无法识别的内容，未能发送。", empty: "" },
    greeting: "您好，请问有什么可以帮您？", hours: (text) => `人工服务时间：${text}`, always: "自助服务全天可用",
    privacy: "对话会保存用于服务，号码和证件号会打码。", policy: "隐私政策",
    menu: "更多", soundOn: "打开提示音", soundOff: "关闭提示音", save: "下载聊天记录", end: "结束并清除本机记录",
    ended: "聊天记录已从这台设备清除。", ask_end: "结束对话，并清除这台设备上的聊天记录？", yes: "结束并清除", no: "返回",
    newer: (n) => `↓ ${n} 条新消息`, newest: "↓ 回到最新", unread: (n) => `${n} 条未读消息`, left: (n) => `还可输入 ${n} 字`,
    today: "今天", yesterday: "昨天", quick: "常用服务", chosen: "已选",
    number: "请输入11位手机号", code: "请输入6位验证码", letters: "改用文字",
    balance: "话费余额", owed: "欠费", so_far: "本月已消费", see_bill: "看上月账单", line: "号码",
    bill: "账单", so_far_bill: "到现在的消费", item: "项目", amount: "金额（元）", total: "合计", open_bill: "本月还没结束，以月初出的账单为准。",
    more: (month, sum) => `比${month}多 ${sum}`, less: (month, sum) => `比${month}少 ${sum}`, same: (month) => `和${month}一样`,
    why: { new: "新增", ended: "不再收取", dearer: "收费变了", cheaper: "收费变了", other_plan: "换了套餐", more_use: "用得多了", less_use: "用得少了" },
    month: (m) => `${m}月`, year: (y, m) => `${y}年${m}月`,
    confirm: "请核对", goods: "充值内容", credit: (yuan) => `${yuan}元话费`, data: (size) => `${size}流量`, price: "价格", arrives: "到账",
    scope: { national: "国内流量", provincial: "省内流量" }, way: { wechat: "微信支付", alipay: "支付宝" },
    usual: (n) => `通常 ${n} 分钟内`, peak: (a, b) => `月初月末高峰，${a} 至 ${b} 小时`,
    payment: "待支付", order: "订单号", pay: (way, sum) => `${way} ${sum}`, within: (time) => `请在 ${time} 内支付`, scan: "用手机扫码支付",
    late: "已过支付时间，没有付款的订单会自动取消。",
    state: {
      await_pay: "待支付", processing: "已支付，充值中", succeeded: "已到账", refunding: "没有充成，退款中", partly_refunding: "部分到账，其余退款中",
      refunded: "已原路退款", partly_refunded: "部分到账，其余已退款", refund_stuck: "退款由工作人员处理中", expired: "已过期，未扣费", cancelled: "已取消，未扣费",
    },
  },
};

let WORDS = LANGUAGES["zh-CN"];

/** The language of a wish like `zh-HK`, of those that the hall has. */
function languageOf(wish) {
  if (/^en/i.test(wish)) return "en";
  return /^zh-(tw|hk|mo|hant)/i.test(wish) ? "zh-TW" : "zh-CN";
}

/** Speak a language; whatever it lacks is said in zh-CN. */
function speak(language, own) { WORDS = { ...LANGUAGES["zh-CN"], ...own(BRAND) }; }
