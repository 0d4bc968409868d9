"""The measuring commands, on a small help centre and without a model: they answer in the promised shape."""

import json
import subprocess
import sys
from pathlib import Path

from bench.cluster.customers import Window
from bench.cluster.promises import broken, table
from tests import articles
from tests.process.server import ROOT, environment


def bench(module: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"bench.{module}", *arguments],
        cwd=ROOT, env=environment(folder, 0), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def write_lines(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_latency_is_measured_in_process_and_over_http(tmp_path: Path) -> None:
    articles.write_demo(tmp_path / "articles")
    (tmp_path / "questions.txt").write_text("where is my refund\n\niade ne zaman gelir\n", encoding="utf-8")
    out = tmp_path / "figures.json"

    done = bench(
        "latency", tmp_path,
        "--kb", str(tmp_path / "articles"), "--queries", str(tmp_path / "questions.txt"), "--json", str(out),
        "--repeated", "0",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["indexing"]["embedded"] > 0 and found["indexing"]["vectors_per_second"] > 0
    assert [(run["clients"], run["times"]["questions"]) for run in found["http"]] == [(1, 2), (8, 2)]
    assert found["in_process"]["times"]["p50"] > 0 and found["in_process"]["resident_mb"] > 0
    assert "HTTP, 8 clients" in done.stdout
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["index"]
    assert [p.name for p in (tmp_path / "data" / "index").iterdir()] == ["vectors"]


def test_latency_says_which_path_is_not_there(tmp_path: Path) -> None:
    done = bench("latency", tmp_path, "--kb", str(tmp_path / "nowhere"))

    assert done.returncode == 2
    assert "nowhere (--kb) cannot be found" in done.stderr


def a_set(folder: Path) -> Path:
    folder.mkdir()
    write_lines(folder / "corpus.jsonl", [
        {"id": "d1", "lang": "en", "title": "Refunds", "text": "Money comes back within five days."},
        {"id": "d2", "lang": "tr", "title": "Kargo", "text": "Kargonuz üç günde gelir."},
    ])  # fmt: skip
    write_lines(folder / "queries.jsonl", [
        {"id": "q1", "lang": "en", "text": "refund of my money"},
        {"id": "q2", "lang": "tr", "text": "kargo kaç günde gelir"},
    ])  # fmt: skip
    return folder


def test_search_in_files_and_in_a_database_is_compared(tmp_path: Path) -> None:
    (tmp_path / "eval").mkdir()
    folder = a_set(tmp_path / "eval" / "small")
    (folder / "qrels.tsv").write_text("q1\td1\t1\nq2\td2\t1\n", encoding="utf-8")
    out = tmp_path / "figures.json"

    done = bench("stores", tmp_path, "--eval", str(tmp_path / "eval"), "--json", str(out))

    assert done.returncode == 0, done.stderr
    (compared,) = json.loads(out.read_text(encoding="utf-8"))["sets"]
    assert (compared["set"], compared["same_verdict"]) == ("small", 1.0)
    assert compared["ndcg_database"] == compared["ndcg_files"] > 0


def test_relevance_writes_a_run_and_its_metrics(tmp_path: Path) -> None:
    folder = a_set(tmp_path / "set")
    (folder / "qrels.tsv").write_text("q1\td1\t1\nq2\td2\t1\n", encoding="utf-8")

    done = bench("relevance", tmp_path, "--set", str(folder), "--run", str(tmp_path / "run.tsv"))

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["all"]["recall@1"] == 1.0
    rows = [line.split("\t") for line in (tmp_path / "run.tsv").read_text(encoding="utf-8").splitlines()]
    assert [row[:3] for row in rows if row[1] == "1"] == [["q1", "1", "d1"], ["q2", "1", "d2"]]


def test_relevance_without_judgements_writes_the_run_all_the_same(tmp_path: Path) -> None:
    folder = a_set(tmp_path / "set")

    done = bench("relevance", tmp_path, "--set", str(folder), "--run", str(tmp_path / "run.tsv"))

    assert (done.returncode, json.loads(done.stdout)) == (0, {})
    assert (tmp_path / "run.tsv").read_text(encoding="utf-8").count("\n") >= 2


def test_a_set_without_documents_is_asked_of_the_collection_named(tmp_path: Path) -> None:
    corpus, asked = a_set(tmp_path / "corpus"), tmp_path / "asked"
    asked.mkdir()
    write_lines(asked / "queries.jsonl", [{"id": "q9", "lang": "en", "text": "refund"}])

    done = bench(
        "relevance", tmp_path, "--set", str(asked), "--corpus", str(corpus), "--run", str(tmp_path / "run.tsv")
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run.tsv").read_text(encoding="utf-8").startswith("q9\t1\td1\t")


def test_the_pages_of_the_desk_are_measured(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"

    done = bench("desk", tmp_path, "--tickets", "60", "--requests", "2", "--json", str(out))

    assert done.returncode in {0, 1}, done.stderr  # 1: slower than wanted, which a busy machine may be
    found = json.loads(out.read_text(encoding="utf-8"))
    assert [row["page"] for row in found["pages"]][::5] == ["queue", "ticket"]
    assert all(row["p95"] >= row["p50"] > 0 for row in found["pages"])


def test_what_the_widget_costs_is_measured_and_becomes_a_table(tmp_path: Path) -> None:
    out, page = tmp_path / "figures.json", tmp_path / "page.md"
    done = bench("widget", tmp_path, "--loads", "1", "--json", str(out))

    assert done.returncode == 0, done.stderr
    found = json.loads(out.read_text(encoding="utf-8"))["widget"]
    bare, empty, button, widget = found["pages"]
    assert bare["script"] == 0 < widget["script"]
    assert widget["shift"] == 0
    assert 0 < found["to_panel"] <= found["to_suggestions"]
    page.write_text("<!-- widget -->\n\n<!-- end -->\n", encoding="utf-8")
    assert bench("tables", tmp_path, str(out), "--page", str(page)).returncode == 0
    assert "| the widget |" in page.read_text(encoding="utf-8")
    assert {empty["name"], button["name"]} == {"an empty script", "the least script with such a button"}


def test_bench_render_writes_a_line_of_html_for_each_line_whatever_is_wrong_with_it() -> None:
    texts = [
        "# Title\n\n1. a\n   ![Lamp](lamp.png)\n2. b\n",
        "no JSON",
        5,
        "It is <script>alert(1)</script>*ok* <title>",
        "\ud800",
    ]
    lines = [json.dumps(one) if one != "no JSON" else one for one in texts]

    done = subprocess.run(
        [sys.executable, "-m", "bench.render"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    html = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(html) == len(texts)
    assert '<h1 id="title">Title</h1>' in html[0]
    assert html[0].count("<li>") == 2
    assert '<img alt="Lamp" src="lamp.png"' in html[0]
    assert html[1:3] == ["", ""]
    assert html[3].strip() == "<p>It is <em>ok</em> &lt;title&gt;</p>"
    assert "Line 2 is no JSON string" in done.stderr
    assert "Line 3 is no JSON string" in done.stderr


def test_a_promise_of_the_cluster_that_was_not_kept_is_named() -> None:
    counted = ("acknowledged_and_lost", "stored_twice", "tickets_held", "deliveries_left", "mails_sent_oftener")
    kept = dict.fromkeys(counted, 0)
    fine = Window("kill web1", 100, 0, 0.4, 20, 1, 2.0, 1.5)
    late = Window("freeze database", 100, 2, 1.2, 20, 1, 31.0, 12.0)

    assert broken([fine], kept) == []
    assert broken([fine, late], {**kept, "acknowledged_and_lost": 1}) == [
        "freeze database: 2 searches failed",
        "freeze database: no search for 1.2 s",
        "freeze database: found everywhere after 12.0 s",
        "freeze database: a ticket took 31.0 s",
        "acknowledged_and_lost: 1",
    ]
    assert "kill web1" in table([fine])
