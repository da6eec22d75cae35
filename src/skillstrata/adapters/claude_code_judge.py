"""A judge behind the Claude Code program, with the credentials that program has.

In     two sketches; the path of the program
Out    JudgeCall, or JudgeUnavailable for any failure at all
Never  gives the model a tool, a folder of the user's, or settings; lets our own capture record the session
"""

import contextlib
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from pydantic import BaseModel, ValidationError

from skillstrata.adapters.judge_question import INSTRUCTIONS, answer_of, digest_of, message_of
from skillstrata.records.failures import JudgeUnavailable
from skillstrata.records.purposes import JudgeCall, PurposeSketch

_MAX_OUTPUT_BYTES = 200_000
_WORDS = (
    "-p",
    "--output-format",
    "json",
    "--tools",
    "",
    "--setting-sources",
    "",
    "--settings",
    '{"disableAllHooks": true}',
    "--strict-mcp-config",
    "--disable-slash-commands",
    "--no-session-persistence",
)


class _Usage(BaseModel):
    input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int = 0


class _Result(BaseModel):
    """What the program prints; fields we do not need are left out."""

    is_error: bool
    result: str
    usage: _Usage = _Usage()


class ClaudeCodeJudge:
    """Fulfils the Judge port."""

    def __init__(self, program: Path, model: str, *, timeout_s: float) -> None:
        """Remember the program, the model's name as the program takes it, and how long an answer may take."""
        self._program = program
        self._name = model
        self._timeout_s = timeout_s

    @property
    def model(self) -> str:
        """Name the model, with the way to it."""
        return f"claude-code:{self._name}"

    def question(self, one: PurposeSketch, other: PurposeSketch) -> str:
        """Give a digest of what would be asked."""
        return digest_of(self.model, one, other)

    def ask(self, one: PurposeSketch, other: PurposeSketch, *, at_s: float) -> JudgeCall:
        """Run the program once.

        Raises:
            JudgeUnavailable: No answer, or none of the asked form.
        """
        try:
            found = _Result.model_validate_json(self._printed(message_of(one, other)))
        except ValidationError as error:
            raise self._failed(f"it did not print a result: {error.errors()[0]['msg']}") from error
        usage = found.usage
        given = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens
        if found.is_error:
            raise self._failed("it reports an error", input_tokens=given, output_tokens=usage.output_tokens)
        verdict, why = answer_of(found.result, input_tokens=given, output_tokens=usage.output_tokens)
        return JudgeCall(self.question(one, other), at_s, self.model, verdict, why, given, usage.output_tokens)

    def _printed(self, message: str) -> bytes:
        with tempfile.TemporaryDirectory(prefix="strata-judge-") as folder:
            # Should a hook of ours run all the same, it finds no spool there and writes nothing.
            environ = {**os.environ, "SKILLSTRATA_SPOOL": f"{folder}/none"}
            words = [str(self._program), *_WORDS, "--model", self._name, "--system-prompt", INSTRUCTIONS]
            try:
                process = subprocess.Popen(
                    words,
                    cwd=folder,
                    env=environ,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as error:
                raise self._failed(f"it does not start: {error.strerror}") from error
            try:
                printed, _ = process.communicate(message.encode(), timeout=self._timeout_s)
            except subprocess.TimeoutExpired as error:
                raise self._failed(f"no answer within {self._timeout_s:g} s") from error
            finally:
                # Whatever it started goes with it.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        if process.returncode != 0:
            raise self._failed(f"it ended with status {process.returncode}")
        return printed[:_MAX_OUTPUT_BYTES]

    def _failed(self, why: str, *, input_tokens: int = 0, output_tokens: int = 0) -> JudgeUnavailable:
        return JudgeUnavailable(
            f"{self._program} as a judge: {why}",
            hint="the fixed rules decide alone; try `claude -p hello`, or set judge.mode to offline",
            input_tokens=input_tokens,
            output_tokens=output_tokens,
        )
