"""Spam check without a third party: proof of work, form tokens, fingerprints, points. It holds, never deletes."""
