// The few words that are needed before anything is opened; the rest comes with the body.

export const BUILT_IN = ["en", "tr", "zh-Hant", "zh-Hans"];

const FIRST = {
  en: ["Help", "Close", "We cannot reach our help pages just now", "A person can still help you:", "Loading…", "Contact page", "E-mail", "Phone"],
  tr: ["Yardım", "Kapat", "Şu anda yardım sayfalarımıza ulaşamıyoruz", "Size yine de yardımcı olabiliriz:", "Yükleniyor…", "İletişim sayfası", "E-posta", "Telefon"],
  "zh-Hant": ["說明", "關閉", "目前無法連上說明中心", "您仍然可以聯絡我們：", "載入中…", "聯絡頁面", "電子郵件", "電話"],
  "zh-Hans": ["帮助", "关闭", "目前无法连接帮助中心", "您仍然可以联系我们：", "加载中…", "联系页面", "电子邮件", "电话"],
};
const KEYS = ["launcher", "close", "down_title", "down_text", "loading", "contact_page", "email", "phone"];

export function firstWords(lang) {
  const found = {};
  (FIRST[lang] || FIRST.en).forEach((text, at) => { found[KEYS[at]] = text; });
  return found;
}

export function direction(lang, words) {
  return words._dir || (/^(ar|arc|ckb|dv|fa|ha-arab|he|ks|ps|sd|ug|ur|yi)\b/i.test(lang) ? "rtl" : "ltr");
}
