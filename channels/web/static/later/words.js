// What the cards of the second file say of themselves, by language.

const OWN = {
  "zh-CN": {
    a_month: "/月", data_in: "国内流量", calls_in: "国内通话", sms_in: "短信", since: "起用", contract: "合约", free: "无，可以随时换",
    minutes: (n) => `${n}\u00a0分钟`, texts: (n) => `${n}\u00a0条`, until: (month) => `到${month}底`, months: "各月账单",
    usage: "剩余用量", left: (n) => `剩 ${n}`, of: (n) => `共 ${n}`, no_end: "不限量", ends: (day) => `${day}到期`, low: "快用完了", gone: "已用完", total: (n) => ` ${n}个月合计`,
    points: "积分", point: "分", ending: (day) => `${day}到期`, buys: "可以兑换", short: (n) => `还差 ${n}`,
    plans: "套餐对比", plan: "套餐", fee: "月费", use: "按您的用量", year: "一年相差", now: "现在用的", saves: (sum) => `省 ${sum}`, costs: (sum) => `多 ${sum}`, same: "一样",
    services: "已开业务", all: "每月合计", service: "业务", amount: "金额（元）", no: (n) => `序号${n}`,
    ticket_no: "单号", opened: "受理时间", due: "最晚答复", about: "内容", history: "处理经过",
    stores: "营业厅", open_now: "营业中", closed: "已下班", hours: "营业时间", phone: "电话", quiet: "人少的时候", does: "可办",
    payments: "交费记录", paid: "时间", order: "订单号", ordered: "下单时间", price: "金额",
    day: (m, d) => `${m}月${d}日`, day_of_year: (y, m, d) => `${y}年${m}月${d}日`,
  },
  "zh-TW": {
    a_month: "/月", data_in: "國內流量", calls_in: "國內通話", sms_in: "簡訊", since: "起用", contract: "合約", free: "無，可以隨時換",
    minutes: (n) => `${n}\u00a0分鐘`, texts: (n) => `${n}\u00a0則`, until: (month) => `到${month}底`, months: "各月帳單",
    usage: "剩餘用量", left: (n) => `剩 ${n}`, of: (n) => `共 ${n}`, no_end: "不限量", ends: (day) => `${day}到期`, low: "快用完了", gone: "已用完", total: (n) => ` ${n} 個月合計`,
    points: "積分", point: "分", buys: "可以兌換", short: (n) => `還差 ${n}`,
    plans: "資費對比", plan: "資費", fee: "月費", use: "按您的用量", year: "一年相差", now: "現在用的", saves: (sum) => `省 ${sum}`, costs: (sum) => `多 ${sum}`, same: "一樣",
    services: "已開業務", all: "每月合計", service: "業務", amount: "金額（元）", no: (n) => `序號${n}`,
    ticket_no: "單號", opened: "受理時間", due: "最晚答覆", about: "內容", history: "處理經過",
    stores: "營業廳", open_now: "營業中", closed: "已下班", hours: "營業時間", phone: "電話", quiet: "人少的時候", does: "可辦",
    payments: "繳費紀錄", paid: "時間", order: "訂單號", ordered: "下單時間", price: "金額",
  },
  en: {
    a_month: " a month", data_in: "Data", calls_in: "Calls", sms_in: "Texts", since: "Since", contract: "Contract", free: "none, change at any time",
    minutes: (n) => `${n}\u00a0minutes`, texts: (n) => `${n}`, until: (month) => `until ${month}`, months: "Bills by month",
    usage: "What is left", left: (n) => `${n} left`, of: (n) => `of ${n}`, no_end: "unlimited", ends: (day) => `ends ${day}`, low: "nearly used up", gone: "used up", total: (n) => ` in ${n} months`,
    points: "Points", point: " points", ending: (day) => `end ${day}`, buys: "What they buy", short: (n) => `${n} short`,
    plans: "Plans compared", plan: "Plan", fee: "A month", use: "With your use", year: "A year", now: "yours now", saves: (sum) => `saves ${sum}`, costs: (sum) => `${sum} more`, same: "the same",
    services: "Your services", all: "A month in all", service: "Service", amount: "Yuan", no: (n) => `No. ${n}`,
    ticket_no: "Number", opened: "Opened", due: "Answer by", about: "About", history: "History",
    stores: "Stores", open_now: "Open", closed: "Closed", hours: "Hours", phone: "Phone", quiet: "Quiet", does: "Does",
    payments: "Payments", paid: "Paid", order: "Order", ordered: "Ordered", price: "Price",
    day: (m, d) => `${d}/${m}`, day_of_year: (y, m, d) => `${d}/${m}/${y}`,
  },
};
