"""The default model's ONNX file in ONNX Runtime, without importing PyTorch.

It starts in about two seconds instead of twelve, and embeds several times as many texts a second as PyTorch in fp32
(`python -m bench.indexing`). The vectors are those that sentence-transformers gives for the same file
(tests/model/test_embedders.py holds them to cosine 0.9999).

The batch size is one. Dynamic int8 quantisation takes its scale from the whole batch, so a text's vector would
otherwise depend on its neighbours (cosine down to 0.995, measured); and single runs are no slower here.
Each run uses one intra-op thread: two are far slower when another process is busy (docs/search.md), whereas
independent texts in independent threads are not.
"""

import re
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from sentencepiece import SentencePieceProcessor

from core.process_memory import trim
from index.embed.layout import TOKENIZER, WordRows, graph_of
from index.protocols import Vectors

MAX_TOKENS = 512
# Tokens of a text after which working memory is released: shorter ones need less than 9 MB.
_LONG = 256
_BEGIN, _END = 0, 2
_SPACES = re.compile(r"\s+")


class OnnxEmbedder:
    """`folder` is an unpacked sentence-transformers folder that was laid out (index/embed/layout.py); `file` the ONNX
    file in it.

    Raises onnxruntime's own errors when the file is damaged, FileNotFoundError when it is missing.
    """

    def __init__(
        self, folder: Path, file: str, fingerprint: str, query_prefix: str, passage_prefix: str, workers: int = 1
    ) -> None:
        path = folder / file
        if not path.is_file():
            raise FileNotFoundError(
                f"The model file {path} is missing. Run `make setup` or `signpost setup`, which makes it."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._shrinking = onnxruntime.RunOptions()
        self._shrinking.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self._has_grown = False
        self._session = onnxruntime.InferenceSession(str(graph_of(path)), options, providers=["CPUExecutionProvider"])
        self._rows = WordRows(path, self._session.get_modelmeta().custom_metadata_map)
        self._inputs = {i.name for i in self._session.get_inputs()}
        self._tokenizer = SentencePieceProcessor(model_file=str(folder / TOKENIZER))
        self._prefixes = (query_prefix, passage_prefix)
        self._workers = workers
        self.fingerprint = fingerprint
        self.dimensions = int(self._session.get_outputs()[0].shape[-1])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._prefixes[0] + t for t in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._prefixes[1] + t for t in texts])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        if self._workers == 1 or len(texts) == 1:
            vectors = [self._one(t) for t in texts]
        else:
            with ThreadPoolExecutor(self._workers) as pool:
                vectors = list(pool.map(self._one, texts))
        if self._has_grown:
            self._shrink()
        return np.stack(vectors)

    def _shrink(self) -> None:
        """Release the working memory of long texts, up to 31 MB, which ONNX Runtime keeps. It takes some 5 ms, where
        one such text takes 90 or more."""
        self._has_grown = False
        self._run([_BEGIN, _END], self._shrinking)
        trim()

    def tokens(self, text: str) -> list[int]:
        """The ids of a text's tokens, with those of beginning and end."""
        plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", text))
        pieces = self._tokenizer.encode(plain if plain.startswith(" ") else f" {plain}")
        return [_BEGIN, *pieces[: MAX_TOKENS - 2], _END]

    def _one(self, text: str) -> Vectors:
        tokens = self.tokens(text)
        if len(tokens) > _LONG:
            self._has_grown = True
        hidden = self._run(tokens)
        mean = np.asarray(hidden, np.float32)[0].mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def _run(self, tokens: Sequence[int], options: Any = None) -> Any:
        """A vector for each token, of shape (1, tokens, dimensions)."""
        ids = np.array([tokens], np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        feed[self._rows.input] = self._rows.of(tokens)
        return self._session.run(None, {k: v for k, v in feed.items() if k in self._inputs}, options)[0]
