"""From candidates to an order and a verdict: retrievers, evidence, fusion, confidence."""
