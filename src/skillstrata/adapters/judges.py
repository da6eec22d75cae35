"""Choose the way to a model that judges purposes.

In     the mode and the model of the settings, the environment
Out    a Judge, or None where nobody is to be asked
Never  asks anything: whether the model answers is found out by the first question
"""

import importlib.util
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from skillstrata.adapters.claude_code_judge import ClaudeCodeJudge
from skillstrata.adapters.model_judge import ModelJudge
from skillstrata.ports.judge import Judge

_OWN_PROVIDER = "anthropic"
_OWN_MODEL = "haiku"
# Providers whose key has another name than PROVIDER_API_KEY.
_KEYS = {"google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"), "huggingface": ("HF_TOKEN",)}


def chosen_judge(
    mode: Literal["offline", "auto", "api", "claude-code"],
    model: str,
    *,
    timeout_s: float,
    environ: Mapping[str, str],
) -> Judge | None:
    """Give the judge of a mode.

    Args:
        mode: "auto" takes the provider's API where its key is set and the library is installed, else Claude Code where
            that is installed, else nobody.
        model: PROVIDER:MODEL; Claude Code takes the model of its own provider, else its smallest.
        timeout_s: How long an answer may take.
        environ: Where keys and programs are looked for.
    """
    program = shutil.which("claude", path=environ.get("PATH", ""))
    has_api = _has_key(model, environ) and importlib.util.find_spec("pydantic_ai") is not None
    if mode == "api" or (mode == "auto" and has_api):
        return ModelJudge(model, timeout_s=timeout_s)
    if mode == "claude-code" or (mode == "auto" and program is not None):
        provider, _, name = model.partition(":")
        found = name if provider == _OWN_PROVIDER and name else _OWN_MODEL
        return ClaudeCodeJudge(Path(program or "claude"), found, timeout_s=timeout_s)
    return None


def _has_key(model: str, environ: Mapping[str, str]) -> bool:
    provider = model.partition(":")[0].partition("-")[0]
    names = _KEYS.get(provider, (f"{provider.upper()}_API_KEY",))
    return any(environ.get(name) for name in names)
