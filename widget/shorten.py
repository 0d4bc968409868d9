"""Short names for a script's own names: what a minifier that only strips spaces leaves lying about.

No scopes are understood, and none need be: a declared name is replaced everywhere by the same short one, except where
it is the name of a property. `{ text }` becomes `{ text: t }`, which means the same in an object and in a pattern.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d[\w.]*)|(?P<mark>=>|\?\?|\?\.(?!\d)|\.\.\.|[^\s\w])""",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_VALUE_NEXT = set("(,=:[!&|?{};+-*%<>~^") | {"=>", "??", "...", "${", "", "return", "typeof", "case", "of", "in"}
_OBJECT_NEXT = set("(,=:[?|&+!<>") | {"??", "...", "return", "const", "let", "import", "export", "default", "${"}
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$"
_RESERVED = """
    arguments as async await break case catch class const constructor continue default delete do else export extends
    false finally for from function get if import in instanceof let meta new null of return set static super switch
    this throw true try typeof undefined var void while with yield
"""
# Names the browser gives. A script that has one of them for its own keeps it as it is.
_GIVEN = """
    name top self parent status open close stop find focus blur length origin location screen history event frames
    print scroll document window navigator performance crypto caches external innerWidth innerHeight fetch
"""
_SHORTER = {"true": "!0", "false": "!1", "undefined": "void 0", "const": "let"}
_WORDS = frozenset(_RESERVED.split())
_BROWSER = frozenset(_GIVEN.split())


@dataclass
class _Piece:
    kind: str
    text: str
    role: str = ""  # of a name: own, property or shorthand


def shorten(script: str) -> str:
    """The script with its own names made short. `script` is one whole bundle: nothing else knows its inner names."""
    pieces = [_Piece(kind, text) for kind, text in _tokens(script)]
    code = [piece for piece in pieces if piece.kind != "space"]
    _give_roles(code)
    names = _short_names(code)
    for piece in code:
        if piece.text in names and piece.role == "own":
            piece.text = names[piece.text]
        elif piece.text in names and piece.role == "shorthand":
            piece.text = f"{piece.text}:{names[piece.text]}"
    _respell(code)
    return "".join(piece.text for piece in pieces)


def _short_names(code: list[_Piece]) -> dict[str, str]:
    """A short name for each declared one. Names that never meet in one top-level function may share theirs."""
    declared = {name for name in _declared(code) - _WORDS - _BROWSER if len(name) > 2}
    used = Counter(piece.text for piece in code if piece.role in {"own", "shorthand"})
    homes: dict[str, set[int]] = {name: set() for name in declared}
    shared = set[str]()  # declared outside all functions: they meet every other name
    depth = chunk = 0
    for at, piece in enumerate(code):
        if piece.kind == "mark":
            depth += (piece.text in {"(", "[", "{", "${"}) - (piece.text in {")", "]", "}"})
        if depth == 0 and piece.text in {"function", "const", "let", "class", "export"}:
            chunk += piece.text != "function" or code[at - 1].text != "async"
        if piece.role in {"own", "shorthand"} and piece.text in declared:
            homes[piece.text].add(chunk)
            if depth == 0:
                shared.add(piece.text)
    free = set(used) - declared | _WORDS | _BROWSER
    taken: dict[str, set[int] | None] = dict.fromkeys(free)  # where a short name is in use; None is everywhere
    names: dict[str, str] = {}
    for name, _ in used.most_common():
        if name not in declared:
            continue
        home = None if name in shared else homes[name]
        for short in _names():
            there = taken.get(short, set())
            if there is None or (there if home is None else there & home):
                continue
            taken[short] = None if home is None else there | home
            names[name] = short
            break
    return names


def _respell(code: list[_Piece]) -> None:
    """The same in fewer letters."""
    for at, piece in enumerate(code):
        if piece.kind == "name" and piece.role == "own":
            piece.text = _SHORTER.get(piece.text, piece.text)
        elif piece.text == "(" and [one.text for one in code[at + 2 : at + 4]] == [")", "=>"]:
            if code[at + 1].kind == "name" and code[at - 1].role != "own":
                piece.text = code[at + 2].text = ""
        elif piece.text == ";" and code[at + 1 : at + 2] and code[at + 1].text == "}":
            piece.text = piece.text if _ends_a_head(code, at - 1) else ""


def _ends_a_head(code: list[_Piece], at: int) -> bool:
    """Whether the bracket at `at` ends what `if`, `for` or `while` asks: the semicolon after it is all they do."""
    depth = 0
    for back in range(at, 0, -1):
        if code[back].kind == "mark":
            depth += (code[back].text in {")", "]", "}"}) - (code[back].text in {"(", "[", "{", "${"})
        if depth == 0:
            return code[at].text == ")" and code[back - 1].text in {"if", "for", "while"}
    return False


def _give_roles(code: list[_Piece]) -> None:
    inside: list[str] = []  # what each open bracket is: ( [ object class block
    for at, piece in enumerate(code):
        before = code[at - 1].text if at else ""
        after = code[at + 1].text if at + 1 < len(code) else ""
        around = inside[-1] if inside else "block"
        if piece.kind == "name":
            first = before in {"{", ","} or (before in {"get", "set", "async"} and around in {"object", "class"})
            if before in {".", "?."} or (around == "object" and first and after in {":", "("}):
                piece.role = "property"
            elif around == "object" and (first or before == "...") and after in {",", "}", "="}:
                piece.role = "own" if before == "..." else "shorthand"
            elif around == "class" and after == "(" and before in {"{", "}", ";", "get", "set", "async"}:
                piece.role = "property"
            else:
                piece.role = "own"
        elif piece.kind == "mark":
            if piece.text in {"(", "["}:
                inside.append(piece.text)
            elif piece.text == "${":
                inside.append("block")
            elif piece.text == "{":
                inside.append(_brace(code, at))
            elif piece.text in {")", "]", "}"} and inside:
                inside.pop()


def _brace(code: list[_Piece], at: int) -> str:
    before = code[at - 1].text if at else ""
    if before in _OBJECT_NEXT and code[at - 1].kind != "text":
        return "object"
    heads = [piece.text for piece in code[max(0, at - 5) : at]]
    return "class" if "class" in heads and ")" not in heads[heads.index("class") :] else "block"


def _declared(code: list[_Piece]) -> set[str]:
    """Names after `const`, `let`, `function` and `class`, in patterns and in parameters."""
    found = set[str]()
    for at, piece in enumerate(code):
        before = code[at - 1].text if at else ""
        if piece.kind == "name" and piece.role == "own":
            after = code[at + 1].text if at + 1 < len(code) else ""
            if before in {"const", "let", "function", "class"} or after == "=>":
                found.add(piece.text)
        if piece.text in {"const", "let"}:
            found |= _bound(code, at + 1) if code[at + 1].text in {"{", "["} else _listed(code, at)
        if piece.text == "(" and _takes_parameters(code, at):
            found |= _bound(code, at)
    return found


def _listed(code: list[_Piece], start: int) -> set[str]:
    """The names of `let one, two, three;`."""
    found = set[str]()
    for at in range(start + 1, len(code), 2):
        found.add(code[at].text)
        if code[at + 1].text != ",":
            break
    return found


def _bound(code: list[_Piece], start: int) -> set[str]:
    """The names the bracket at `start` binds: all in it but those of default values."""
    found = set[str]()
    depth = skipped = 0  # skipped: the depth at which a default value began
    for piece in code[start : _end(code, start)]:
        if piece.kind == "mark":
            depth += (piece.text in {"(", "[", "{", "${"}) - (piece.text in {")", "]", "}"})
            if piece.text == "=" and not skipped:
                skipped = depth
            elif skipped and (depth < skipped or (depth == skipped and piece.text == ",")):
                skipped = 0
        elif not skipped and piece.role in {"own", "shorthand"}:
            found.add(piece.text)
    return found


def _takes_parameters(code: list[_Piece], at: int) -> bool:
    one, two = (code[at - 1].text if at else ""), (code[at - 2].text if at > 1 else "")
    method = at > 0 and code[at - 1].role == "property"
    end = _end(code, at)
    follows = code[end + 1].text if end + 1 < len(code) else ""
    if method:
        return two in {"{", "}", ",", ";", "get", "set", "async"} and follows == "{"
    return one in {"function", "catch"} or two == "function" or follows == "=>"


def _end(code: list[_Piece], start: int) -> int:
    depth = 0
    for at in range(start, len(code)):
        if code[at].kind == "mark":
            depth += (code[at].text in {"(", "[", "{", "${"}) - (code[at].text in {")", "]", "}"})
        if depth == 0:
            return at
    return len(code) - 1


def _tokens(script: str, at: int = 0, nested: bool = False) -> Iterator[tuple[str, str]]:
    before, depth = "", 0
    while at < len(script):
        if script[at] == "`":
            for kind, text in _template(script, at):
                yield kind, text
                at += len(text)
            before = "`"
            continue
        comment = script.startswith(("//", "/*"), at)
        regex = _REGEX.match(script, at) if before in _VALUE_NEXT and not comment else None
        found = regex or _TOKEN.match(script, at)
        if found is None:
            raise ValueError(f"cannot read the script at {script[at : at + 40]!r}")
        kind, text = ("regex", found[0]) if regex else (str(found.lastgroup), found[0])
        depth += (text == "{") - (text == "}")
        if nested and depth < 0:
            return
        yield kind, text
        at = found.end()
        if kind != "space":
            before = "/regex/" if regex else text


def _template(script: str, start: int) -> Iterator[tuple[str, str]]:
    """A template from its first quote to its last: text, and the tokens of what stands in it."""
    yield "text", "`"
    at = begun = start + 1
    while script[at] != "`":
        if script[at] == "\\":
            at += 2
        elif script.startswith("${", at):
            yield "text", script[begun:at]
            yield "mark", "${"
            at += 2
            for kind, text in _tokens(script, at, nested=True):
                yield kind, text
                at += len(text)
            yield "mark", "}"
            at += 1
            begun = at
        else:
            at += 1
    yield "text", script[begun : at + 1]


def _names() -> Iterator[str]:
    for length in count(1):
        for number in range(len(_LETTERS) ** length):
            name, rest = "", number
            for _ in range(length):
                rest, letter = divmod(rest, len(_LETTERS))
                name += _LETTERS[letter]
            yield name
