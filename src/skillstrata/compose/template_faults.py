"""What can be wrong with a template: its grammar, found when it is parsed, or a value, found when it is filled."""

from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError


class TemplateInvalid(StrataError):
    """A template or condition that is not in the grammar."""

    code: ClassVar[str] = "compose.template_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class TemplateFailed(StrataError):
    """A template that cannot be filled from the values at hand. `type` is missing, wrong_type, limit or secret."""

    code: ClassVar[str] = "compose.template_failed"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65

    def __init__(self, fault: str, message: str, *, hint: str = "") -> None:
        """Keep the kind of fault beside the sentence."""
        super().__init__(message, hint=hint)
        self.type = fault


class FilterFault(Exception):
    """A filter that cannot take its value. Never leaves this folder: it becomes TemplateFailed, with the template."""

    def __init__(self, fault: str, message: str) -> None:
        """Keep the kind of fault beside the sentence."""
        super().__init__(message)
        self.type = fault
        self.message = message
