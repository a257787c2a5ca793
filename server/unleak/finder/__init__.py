"""Secrets that no rule and no extractor proposes, found by a model that reads files whole: the protocol scan/1."""
