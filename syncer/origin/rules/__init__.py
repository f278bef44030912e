"""Judges the answers of a public URL, against the stored content or without knowing it (`visit`). Pure."""

from __future__ import annotations

from syncer.origin.rules.answer import (
    Look,
    Manner,
    beyond,
    judge_answer,
    judge_refused,
    judge_whole,
    otherwise,
)

__all__ = ["Look", "Manner", "beyond", "judge_answer", "judge_refused", "judge_whole", "otherwise"]
