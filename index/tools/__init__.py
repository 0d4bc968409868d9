"""Tools for authors and operators: explain a ranking, check findability, calibrate the verdict."""
