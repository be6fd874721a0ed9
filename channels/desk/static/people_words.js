// What the pages of accounts say.

export const ROLE = { agent: "坐席", reviewer: "复核", finance: "财务", supervisor: "主管", admin: "管理员" };
export const STANDING = { disabled: "已停用", new: "未换初始密码" };

/** What somebody serves, in words. */
export const knows = (one, { skills, languages }) => [
  one.skills.map((name) => skills[name] ?? name).join("、"), one.languages.map((name) => languages[name] ?? name).join("、"),
].filter(Boolean).join(" · ");
