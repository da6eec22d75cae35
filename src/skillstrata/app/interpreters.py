"""What runs a program of the library: the environment built from its lock, or an interpreter of this machine."""

from skillstrata.app.wiring import App
from skillstrata.records.runtimes import Interpreter, Runtime
from skillstrata.records.sandbox_runs import Lock, PythonEnvironment


def interpreter_of(
    app: App, language: str, lock: str, requirements: tuple[str, ...]
) -> PythonEnvironment | Interpreter:
    """Give the interpreter of a program, building its environment if that is gone.

    Raises:
        EnvironmentNeedsNetwork: Its distributions are not here and may not be fetched.
        EnvironmentUnbuildable: They cannot be installed.
        RuntimeMissing: This machine has no interpreter of the language.
    """
    runtime = Runtime(language)
    if runtime is Runtime.PYTHON:
        return app.environments.build(Lock(lock, requirements))
    return app.runtimes.find(runtime)


def environment_key(interpreter: PythonEnvironment | Interpreter) -> str:
    """Name what ran a program: the key of its environment, or the interpreter's path."""
    return interpreter.key if isinstance(interpreter, PythonEnvironment) else interpreter.program
