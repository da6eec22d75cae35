"""The modules whose diagnostics are about learned artefacts and drafts: docs/library.md has their codes."""

OF_LEARNED = frozenset({"artifact_listing.py", "draft_cleaning.py", "learned_artifacts.py", "lifecycle_drafts.py"})
