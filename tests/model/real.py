"""The default model for tests that need its meaning: the project's own folder, made if it is not there yet."""

from functools import cache
from pathlib import Path

import pytest

from index.embed.model import ensure, is_ready

ROOT = Path(__file__).parents[2]
MODEL_DIR = ROOT / "var" / "model"


@cache
def default_model() -> Path:
    """The folder of the default model. Fails the test with one sentence when it cannot be made."""
    try:
        ensure(MODEL_DIR)
    except Exception as error:  # whatever went wrong, whoever runs the tests needs one sentence
        pytest.fail(f"The language model could not be made ({type(error).__name__}: {error}). Run `make setup`.")
    assert is_ready(MODEL_DIR)
    return MODEL_DIR
