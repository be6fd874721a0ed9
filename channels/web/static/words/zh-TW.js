// The widget's own words in another language, fetched only where a page asks for it.

Yingting.words("zh-TW", (BRAND) => ({
  title: `${BRAND}線上客服`, open: "打開線上客服", close: "收起", log: "聊天記錄", input: "請輸入您的問題", send: "傳送",
  you: "您", agent: "真人客服", system: "提示", sending: "傳送中", sent: "已送達", read: "已讀", typing: "正在輸入", picture: "圖片",
  offline: "網路已中斷，正在重新連線。訊息會在恢復後自動送出。", connecting: "正在連線…",
  foreign: "此頁面未獲授權，不能使用線上客服。請從官方網站打開，或撥打客服電話。",
  busy: "系統繁忙，稍後自動重送。", waiting: (n) => `正在為您排隊轉接真人，前面還有 ${n - 1} 位`, next: "正在為您轉接真人，下一位就是您",
  person: "真人客服正在為您服務", leave: "不等了",
  refused: { too_long: "訊息過長，未能送出。請刪減到 4000 字以內。", bad_frame: "這則訊息含有無法識別的內容，未能送出。", empty: "" },
  greeting: "您好，請問有什麼可以幫您？", hours: (text) => `真人服務時間：${text}`, always: "自助服務全天可用",
  privacy: "對話會保存用於服務，號碼和證件號會遮蔽。", policy: "隱私政策",
  menu: "更多", soundOn: "打開提示音", soundOff: "關閉提示音", save: "下載聊天記錄", end: "結束並清除本機記錄",
  ended: "聊天記錄已從這台裝置清除。", ask_end: "結束對話，並清除這台裝置上的聊天記錄？", yes: "結束並清除", no: "返回",
  newer: (n) => `↓ ${n} 則新訊息`, newest: "↓ 回到最新", unread: (n) => `${n} 則未讀訊息`, left: (n) => `還可輸入 ${n} 字`,
  today: "今天", yesterday: "昨天", quick: "常用服務", chosen: "已選", number: "請輸入11位手機號", code: "請輸入6位驗證碼", letters: "改用文字",
  balance: "話費餘額", owed: "欠費", so_far: "本月已消費", see_bill: "看上月帳單", line: "號碼",
  bill: "帳單", so_far_bill: "到現在的消費", item: "項目", amount: "金額（元）", total: "合計", open_bill: "本月還沒結束，以月初出的帳單為準。",
  why: { new: "新增", ended: "不再收取", dearer: "收費變了", cheaper: "收費變了", other_plan: "換了套餐", more_use: "用得多了", less_use: "用得少了" },
  confirm: "請核對", goods: "儲值內容", credit: (yuan) => `${yuan}元話費`, data: (size) => `${size}流量`, price: "價格", arrives: "到帳",
  scope: { national: "國內流量", provincial: "省內流量" }, way: { wechat: "微信支付", alipay: "支付寶" },
  usual: (n) => `通常 ${n} 分鐘內`, peak: (a, b) => `月初月末高峰，${a} 至 ${b} 小時`,
  payment: "待支付", order: "訂單號", within: (time) => `請在 ${time} 內支付`, scan: "用手機掃碼支付", late: "已過支付時間，沒有付款的訂單會自動取消。",
  state: {
    await_pay: "待支付", processing: "已支付，儲值中", succeeded: "已到帳", refunding: "沒有儲成，退款中", partly_refunding: "部分到帳，其餘退款中",
    refunded: "已原路退款", partly_refunded: "部分到帳，其餘已退款", refund_stuck: "退款由工作人員處理中", expired: "已過期，未扣費", cancelled: "已取消，未扣費",
  },
}));
