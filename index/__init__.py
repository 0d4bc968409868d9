"""Search: published passages become a hybrid index with a calibrated verdict.

Imports `kb`; knows nothing of requests or tickets.
"""
