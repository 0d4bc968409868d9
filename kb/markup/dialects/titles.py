"""Pure: the words this renderer adds to what other tools' components say with colours and drawings only."""

_WORDS = {
    "en": {"required": "required", "default": "default", "deprecated": "deprecated", "diagram": "Diagram (Mermaid)",
           "details": "Details", "download": "Download"},
    "tr": {"required": "zorunlu", "default": "varsayılan", "deprecated": "kullanımdan kalkıyor",
           "diagram": "Diyagram (Mermaid)", "details": "Ayrıntılar", "download": "İndir"},
    "zh-Hant": {"required": "必填", "default": "預設值", "deprecated": "已淘汰", "diagram": "圖表（Mermaid）",
                "details": "詳細資料", "download": "下載"},
    "zh-Hans": {"required": "必填", "default": "默认值", "deprecated": "已弃用", "diagram": "图表（Mermaid）",
                "details": "详细信息", "download": "下载"},
}  # fmt: skip


def word(name: str, lang: str) -> str:
    return _WORDS.get(lang, _WORDS["en"])[name]
