"""The ways `flask kb lint` chooses and prints findings."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from app.settings.schema import Settings


@pytest.fixture
def articles(settings: Settings) -> Path:
    folder = settings.kb_dir / "en/returns"
    folder.mkdir(parents=True)
    (folder / "a b.md").write_text("---\ntitle: A\nmood: calm\n---\n[x](gone.md)\n\n[y](gone.md)\n", encoding="utf-8")
    (folder / "c.md").write_text("# C\n\n![](https://x.example/p.png)\n", encoding="utf-8")
    return settings.kb_dir


def lint(runner: FlaskCliRunner, *args: str) -> tuple[int, str]:
    told = runner.invoke(args=["kb", "lint", "--no-questions", *args])
    return told.exit_code, told.stdout


def codes(output: str) -> list[str]:
    return [f["code"] for f in json.loads(output)["findings"]]


def test_a_summary_counts_each_kind(runner: FlaskCliRunner, articles: Path) -> None:
    code, told = lint(runner, "--summary")
    assert code == 1
    first, *rest = told.splitlines()
    assert first.split() == ["2", "error", "broken-link"]
    assert [line.split()[-1] for line in rest[:3]] == ["front-matter-unknown", "no-alt", "remote-image"]
    assert rest[-1] == "2 articles: 2 errors, 3 warnings."
    counted = json.loads(lint(runner, "--summary", "--format", "json")[1])
    assert counted["summary"][0] == {"code": "broken-link", "severity": "error", "count": 2}
    assert (counted["errors"], counted["warnings"]) == (2, 3)


def test_findings_are_chosen_by_code(runner: FlaskCliRunner, articles: Path) -> None:
    _, told = lint(runner, "--format", "json", "--only", "no-alt", "--only", "broken-link")
    assert set(codes(told)) == {"no-alt", "broken-link"}
    code, told = lint(runner, "--format", "json", "--ignore", "broken-link", "--ignore", "no-alt")
    assert code == 0 and set(codes(told)) == {"front-matter-unknown", "remote-image"}


def test_a_baseline_leaves_out_what_is_known_and_no_more_of_it(
    runner: FlaskCliRunner, articles: Path, tmp_path: Path
) -> None:
    known = str(tmp_path / "known.json")
    assert lint(runner, "--baseline", known, "--write-baseline")[0] == 0
    assert lint(runner, "--baseline", known, "--strict") == (0, "2 articles: 0 errors, 0 warnings.\n")
    file = articles / "en/returns/a b.md"
    file.write_text(file.read_text().replace("[x]", "A line above.\n\n[x]") + "\n[z](gone.md)\n", encoding="utf-8")
    code, told = lint(runner, "--baseline", known, "--format", "json")
    assert (code, codes(told)) == (1, ["broken-link"])
    assert json.loads(told)["findings"][0]["line"] == 11


def test_a_baseline_that_is_none_is_wrong_use(runner: FlaskCliRunner, articles: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"known": [{"path": "x"}]}', encoding="utf-8")
    for args in (
        ["--baseline", str(tmp_path / "bad.json")],
        ["--baseline", str(tmp_path / "no.json")],
        ["--write-baseline"],
    ):
        assert lint(runner, *args)[0] == 2, args


def test_sarif_names_rule_file_and_line_of_each_finding(runner: FlaskCliRunner, articles: Path) -> None:
    code, told = lint(runner, "--format", "sarif")
    data = json.loads(told)
    assert code == 1 and data["version"] == "2.1.0" and data["$schema"].endswith("sarif-2.1.0.json")
    (run,) = data["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "flask kb lint"
    assert len({rule["id"] for rule in rules}) == len(rules) == 4
    first = next(r for r in run["results"] if r["ruleId"] == "broken-link")
    assert rules[first["ruleIndex"]]["id"] == "broken-link"
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "en/returns/a%20b.md", "uriBaseId": "ARTICLES"}
    assert (place["region"]["startLine"], first["level"]) == (5, "error")
    assert all(result["message"]["text"] for result in run["results"])


def test_new_articles_go_into_folders_of_any_depth_and_only_below_a_language(
    runner: FlaskCliRunner, settings: Settings
) -> None:
    (settings.kb_dir / "en/02-setup").mkdir(parents=True)
    assert runner.invoke(args=["kb", "new", "en/setup/network/join"]).exit_code == 0
    made = settings.kb_dir / "en/02-setup/network/join.md"
    assert "category: setup/network\n" in made.read_text(encoding="utf-8")
    assert lint(runner, "--only", "category-differs")[0] == 0
    for name in ("faq/returns/x", "api/a/b/c", "docs/setup/x", "en/x"):
        assert runner.invoke(args=["kb", "new", name]).exit_code == 1, name


def test_what_no_questions_leaves_out_is_said(runner: FlaskCliRunner, articles: Path) -> None:
    told = runner.invoke(args=["kb", "lint", "--no-questions"])
    assert told.stderr == "Not tested: whether articles are twins. Run lint without --no-questions for that.\n"
    (articles / "en" / "returns" / "c.md").write_text(
        "---\nquestions: [What is C, Where is C]\n---\n# C\n\nC.\n", "utf-8"
    )
    (articles / "en" / "_urgent.yml").write_text(
        "- {name: fire, title: Go, text: Call., examples: [it burns], not: [fire sale, heart burns]}\n", "utf-8"
    )
    said = [
        "2 questions of articles", "whether articles are twins", "1 example of urgent messages",
        "2 near misses of urgent messages (by words only)",
    ]  # fmt: skip
    for form in ("text", "json", "sarif"):
        told = runner.invoke(args=["kb", "lint", "--no-questions", "--format", form])
        assert told.stderr == f"Not tested: {', '.join(said)}. Run lint without --no-questions for that.\n"
    assert json.loads(lint(runner, "--format", "json")[1])["not_tested"] == said
    told = runner.invoke(args=["kb", "lint", "--format", "json"])
    assert "Not tested" not in told.stderr and "not_tested" not in json.loads(told.stdout)


def test_an_article_that_reads_as_another_language_is_named(runner: FlaskCliRunner, articles: Path) -> None:
    text = "Satın aldığınız ürünü otuz gün içinde iade edebilirsiniz. Kutusu ve faturası ile bize geri gönderin. " * 3
    (articles / "en/returns/d.md").write_text(f"# Returns\n\n{text}\n", encoding="utf-8")
    _, told = lint(runner, "--format", "json", "--only", "other-language")
    assert [(f["path"], f["severity"]) for f in json.loads(told)["findings"]] == [("en/returns/d.md", "warning")]
