"""Any sentence-transformers model other than the default one.

Importing it takes about ten seconds and 400 MB, so a serving process with the default model uses `onnx` instead.
"""

import logging
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.embed.model import ModelChoice, ModelUnavailable
from index.protocols import Vectors

_BATCH = 16


class SentenceEmbedder:
    """`choice.path` is a folder, or a name that sentence-transformers finds in its local cache.

    Loading happens with the first text and raises ModelUnavailable, saying why, when it fails.
    """

    def __init__(self, choice: ModelChoice, threads: int = 2) -> None:
        self._choice = choice
        self._threads = threads
        # See embed/onnx.py: with dynamic int8, a text's vector must not depend on what shares its batch.
        self._batch = 1 if choice.file else _BATCH
        self._prefixes = (choice.query_prefix, choice.passage_prefix)
        self.fingerprint = choice.fingerprint

    def load(self) -> None:
        """Load the model now instead of with the first text."""
        _ = self._model

    @property
    def dimensions(self) -> int:
        return int(self._model.get_embedding_dimension())

    @cached_property
    def _model(self) -> Any:
        # Loaded lazily: a build that finds nothing changed needs the fingerprint only.
        choice = self._choice
        logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
        # Offline mode: nothing is downloaded from a hub; a model that is not on this machine is a clear error.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.set_verbosity_error()
            if not choice.file:
                return SentenceTransformer(choice.path, device="cpu", local_files_only=not Path(choice.path).is_dir())
            return SentenceTransformer(
                choice.path,
                backend="onnx",
                device="cpu",
                local_files_only=True,
                model_kwargs={
                    "file_name": choice.file,
                    "provider": "CPUExecutionProvider",
                    "session_options": _session_options(self._threads),
                },
            )
        except Exception as error:  # whatever a model file or a backend may raise, the reader needs one sentence
            raise ModelUnavailable(
                f"The model “{choice.path}” could not be loaded ({type(error).__name__}: {error}). Name a"
                " sentence-transformers folder in SIGNPOST_MODEL, or leave it empty and run `make setup`."
            ) from error

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "query", self._prefixes[0])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "document", self._prefixes[1])

    def _encode(self, texts: Sequence[str], prompt: str, prefix: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        # A model that says itself what to put before a text knows best.
        prefix = prefix or self._model.prompts.get(prompt) or ""
        # prompt="" keeps the model's own default prompt from being put before ours.
        vectors = self._model.encode(
            [prefix + t for t in texts],
            prompt="",
            batch_size=self._batch,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, np.float32)


def _session_options(threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # A spinning thread takes the core from its neighbour: 480 ms a query under load instead of 10 (docs/search.md).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
