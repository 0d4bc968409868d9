"""The version of this release, which `pyproject.toml`, the command line, backups and metrics name."""

VERSION = "0.1.0"
