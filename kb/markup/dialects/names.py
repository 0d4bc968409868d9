"""Pure: what the names of components, template tags, shortcodes and directives stand for in common tools."""

from enum import StrEnum


class Role(StrEnum):
    BOX = "box"
    FOLD = "fold"
    TABS = "tabs"
    TAB = "tab"
    STEPS = "steps"
    STEP = "step"
    CARD = "card"
    FIGURE = "figure"
    CODES = "codes"
    FIELD = "field"
    UPDATE = "update"
    GROUP = "group"  # holds others and shows nothing itself
    TOOLTIP = "tooltip"
    ICON = "icon"  # decoration
    IMAGE = "image"
    LINK = "link"
    REFERENCE = "reference"  # an address, mostly inside of a link
    VIDEO = "video"
    INCLUDE = "include"
    VALUE = "value"
    KEY = "key"
    CODE = "code"
    MATHS = "maths"
    COMMENT = "comment"
    LOGIC = "logic"  # conditions and loops
    UNKNOWN = "unknown"


# The kinds of boxes other tools have, as this renderer's.
BOX_KINDS = {
    "note": "note", "info": "info", "tip": "tip", "hint": "tip", "warning": "warning", "warn": "warning",
    "danger": "danger", "caution": "caution", "important": "important", "check": "success", "success": "success",
    "error": "error", "example": "example", "question": "question", "quote": "quote", "abstract": "abstract",
    "bug": "bug", "failure": "failure", "seealso": "seealso", "attention": "attention", "secondary": "note",
    "default": "note", "primary": "info", "alert": "warning", "todo": "note", "summary": "abstract", "tldr": "abstract",
    "good": "success", "bad": "danger", "critical": "danger", "light": "note", "dark": "note", "neutral": "note",
    "information": "info", "remember": "note", "pro-tip": "tip", "protip": "tip", "help": "question", "faq": "question",
    "blue": "info", "green": "success", "yellow": "warning", "orange": "warning", "red": "danger", "gray": "note",
    "theorem": "note", "definition": "note", "fail": "failure", "done": "success", "deprecated": "warning",
}  # fmt: skip
# Names that containers of `:::` get in other languages.
_LOCAL_KINDS = {
    "not": "note", "bilgi": "info", "ipucu": "tip", "öneri": "tip", "önemli": "important", "uyarı": "warning",
    "uyari": "warning", "dikkat": "caution", "tehlike": "danger", "örnek": "example",
    "注意": "note", "請注意": "note", "请注意": "note", "備註": "note", "备注": "note", "說明": "info", "说明": "info",
    "資訊": "info", "信息": "info", "提示": "tip", "小提示": "tip", "技巧": "tip", "重要": "important",
    "警告": "warning", "小心": "caution", "危險": "danger", "危险": "danger", "範例": "example", "示例": "example",
    "ملاحظة": "note", "معلومة": "info", "نصيحة": "tip", "مهم": "important", "تنبيه": "warning", "تحذير": "warning",
    "خطر": "danger", "مثال": "example",
    "הערה": "note", "מידע": "info", "טיפ": "tip", "חשוב": "important", "אזהרה": "warning", "זהירות": "caution",
    "סכנה": "danger", "דוגמה": "example",
}  # fmt: skip
_BOXES = {
    "note", "info", "tip", "warning", "danger", "caution", "important", "check", "success", "error", "example",
    "question", "attention", "seealso",
}  # fmt: skip
# Boxes whose kind is an argument, and the kind without one.
BOXES_OF_A_KIND = {
    "hint": "info", "callout": "note", "admonition": "note", "alert": "info", "notice": "note", "aside": "note",
    "infobox": "info", "message": "info", "box": "note", "banner": "info",
}  # fmt: skip
# Marks that say their name and nothing else.
BADGES = frozenset(
    ("required", "optional", "new", "beta", "alpha", "deprecated", "experimental", "preview", "legacy", "enterprise")
)
_ROLES = {
    Role.FOLD: "accordion accordionitem expandable details collapse collapsible expand spoiler toggle dropdown",
    Role.TABS: "tabs tabset tabgroup tabpane contenttabs tabbed tabcontainer languageswitcher",
    Role.TAB: "tab tabitem tabpanel tabcontent",
    Role.STEPS: "steps stepper",
    Role.STEP: "step",
    Role.CARD: "card linkcard",
    Role.FIGURE: "frame figure",
    Role.CODES: "codegroup codeblock codetabs code-group code",
    Role.FIELD: "paramfield responsefield property param-field",
    Role.UPDATE: "update",
    Role.GROUP: "cardgroup cards cardgrid accordiongroup accordions columns column grid row col panel browseronly "
    "center fragment requestexample responseexample div blockquote fullwidth content",
    Role.TOOLTIP: "tooltip",
    Role.ICON: "icon fontawesome fa octicon uswds_icon faicon",
    Role.IMAGE: "image img image_with_class screenshot asset_img themedimage zoom",
    Role.LINK: "content-ref embed file button linkbutton doccard",
    Role.REFERENCE: "ref relref page link post_url url asset_url asset download doc asset_path static",
    Role.VIDEO: "youtube vimeo video loom",
    Role.INCLUDE: "include include_relative include-markdown include_cached snippet readfile includefile",
    Role.VALUE: "param var data",
    Role.KEY: "kbd key",
    Role.CODE: "highlight",
    Role.MATHS: "katex math latex mathjax",
    Role.COMMENT: "comment",
    Role.LOGIC: "if elsif elif else unless for case when set assign capture block extends macro import from ifversion "
    "increment decrement cycle break continue with filter call layout render trans do elseif liquid tablerow "
    "translate blocktrans load csrf_token autoescape verbatim now firstof paginate form schema section partial",
}
_BY_NAME = {name: role for role, names in _ROLES.items() for name in names.split()}
# In Markdown that is no MDX only these are components; whatever else has a capital letter is text.
_COMPONENTS = {
    "Note", "Warning", "Info", "Tip", "Check", "Danger", "Callout", "Card", "CardGroup", "Cards", "Columns", "Column",
    "Steps", "Step", "Accordion", "AccordionGroup", "Expandable", "Tabs", "Tab", "TabItem", "Frame", "CodeGroup",
    "CodeBlock", "ParamField", "ResponseField", "Icon", "Tooltip", "Update", "Snippet", "RequestExample",
    "ResponseExample", "Admonition", "Details", "BrowserOnly", "Badge", "Aside", "LinkCard", "CardGrid", "FileTree",
    "Banner", "Panel", "Hint", "Highlight",
}  # fmt: skip


def is_known(component: str) -> bool:
    return component.rsplit(".", 1)[-1] in _COMPONENTS


def role_of(name: str) -> Role:
    plain = name.rsplit(".", 1)[-1].lower() if not name.islower() else name
    if plain in _BOXES or plain in BOXES_OF_A_KIND:
        return Role.BOX
    return _BY_NAME.get(plain) or _BY_NAME.get(plain.replace("-", "").replace("_", ""), Role.UNKNOWN)


def box_kind(*words: str) -> str:
    """The kind of box the first word among these names that names one; '' if none does."""
    return next((BOX_KINDS[word.lower()] for word in words if word.lower() in BOX_KINDS), "")


def container_kind(name: str) -> str:
    """The kind of box a container of `:::` is by its name, in any of our languages; '' if it is none."""
    plain = name.lower().removeprefix("callout-")  # Quarto's
    return box_kind(plain) or _LOCAL_KINDS.get(plain, "")
