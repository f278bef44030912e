"""What a public URL serves: beside what was stored there (`look`), or as a stranger's (`visit`). Pure."""

from __future__ import annotations

from syncer.origin.rules.answer import Look, Manner, judge_answer, otherwise

__all__ = ["Look", "Manner", "judge_answer", "otherwise"]
