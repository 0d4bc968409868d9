// A language the widget does not have: the site gives the words it wants, the rest is English.
window.Signpost = window.Signpost || function () { (window.Signpost.q = window.Signpost.q || []).push(arguments); };
window.Signpost("locale", "ar", {
  launcher: "مساعدة", greeting: "كيف يمكننا مساعدتك؟", search_hint: "اسأل بكلماتك", search: "ابحث", close: "إغلاق", back: "رجوع",
  human: "تحدث إلى شخص", contact: "تحدث إلى شخص", for_this_page: "لهذه الصفحة", browse: "كل المقالات",
});
