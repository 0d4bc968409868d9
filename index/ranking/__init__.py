"""From a parsed query to ranked candidates and a verdict: retrievers, evidence, fusion, confidence."""
