"""Exceptions of `kb`. Problems inside an article are not raised: they are Findings, so that all are listed at once.

KbError
├── FolderNotFound   there is no folder of articles where the settings say
│   └── FolderUnreadable   there is one that this user may not read, or whose disk does not answer
├── ArticleExists    `flask kb new` would overwrite a file
└── UnknownRevision  there is no revision of this number to go back to
"""

from pathlib import Path


class KbError(Exception):
    """Catch this to show `str(error)` to an author: it says what happened and what to do next."""


class FolderNotFound(KbError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no folder of articles at {folder}. "
            "Create it, or name another one with SIGNPOST_KB_DIR (setting kb_dir)."
        )


class FolderUnreadable(FolderNotFound):
    def __init__(self, folder: Path, reason: str) -> None:
        KbError.__init__(
            self,
            f"The folder of articles at {folder} cannot be read: {reason}. "
            "Let this user read it, or name another one with SIGNPOST_KB_DIR (setting kb_dir).",
        )


class ArticleExists(KbError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists already and was left as it is. Choose another slug.")


class UnknownRevision(KbError):
    def __init__(self, number: int, first: int | None, last: int | None) -> None:
        kept = f"those kept are {first} to {last}" if last else "nothing has been published yet"
        super().__init__(f"There is no revision {number}: {kept}. `flask kb revisions` lists them.")
