"""What may stand in instructions that are learned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.learning_screen import is_clean_phrase, is_clean_word
from tests.histories_of_work import HOSTILE_PROMPTS

ANN = frozenset({"ann"})


@pytest.mark.parametrize("text", HOSTILE_PROMPTS)
def test_no_hostile_prompt_is_clean(text: str) -> None:
    """Orders, secrets, markup, invisible and look-alike letters, addresses, paths, pasted and endless text."""
    assert not is_clean_phrase(text, ANN)


@pytest.mark.parametrize(
    "text",
    ["Always add a test for every new route.", "use pnpm instead of npm", "never commit generated files",
     "Always write Markdown in English", "immer mit pytest testen", "总是先写测试。", "必ず型を書いてください",
     "항상 변경 사항을 요약해 주세요", "toujours écrire les tests d'abord", "keep pyproject.toml sorted"],
)  # fmt: skip
def test_plain_short_sentences_of_any_script_are_clean(text: str) -> None:
    """The twin: what people really say is kept."""
    assert is_clean_phrase(text, ANN)


@pytest.mark.parametrize(
    "text",
    [
        "always ask Berta first",
        "always name Xandra in the notes",
        "always ann first",
        "毎回田中さんに",
        "bitte immer Herr Maier",
    ],
)
def test_a_sentence_with_somebodys_name_is_left_out(text: str) -> None:
    """Instructions go to other machines; people do not."""
    assert not is_clean_phrase(text, ANN)


@pytest.mark.parametrize(
    "text",
    ["Siempre usa la clave hunter2", "Always set PIN 4711", "Always use the account jsmith", "toujours la clé Sesam",
     "Always log in as jsmith", "总是用账号", "always add x7kq9 to the title", "always write 20481 on top"],
)  # fmt: skip
def test_a_sentence_that_may_give_a_secret_away_is_left_out(text: str) -> None:
    """In any of the languages; ids and long numbers may be one, too."""
    assert not is_clean_phrase(text)


@pytest.mark.parametrize(
    "text", ["immer den Müller fragen vor dem Deploy", "immer Müller Bescheid sagen", "frag immer erst den Müller",
             "immer mit Frau Schulz"],
)  # fmt: skip
def test_a_person_is_known_by_the_verb_where_every_noun_has_a_capital(text: str) -> None:
    """The twins speak of nobody."""
    assert not is_clean_phrase(text, nouns_are_capital=True)
    assert is_clean_phrase("immer den Nutzer fragen", nouns_are_capital=True)
    assert is_clean_phrase("immer die Tests laufen lassen", nouns_are_capital=True)


@pytest.mark.parametrize("text", ["always greet maria in the notes", "toujours prévenir jean", "siempre avisa a lucia"])
def test_a_small_letter_hides_nobody(text: str) -> None:
    """The twin is done to nobody in particular."""
    assert not is_clean_phrase(text)
    assert is_clean_phrase("always consult the design notes")


@pytest.mark.parametrize(
    "text",
    ["always use python3 and utf8", "use tailwind3 instead of bootstrap4", "never use ES5 in modules",
     "test on port 80", "always test the login page", "keep lines under 100 cols", "always sign with sha256"],
)  # fmt: skip
def test_versions_standards_and_small_numbers_are_clean(text: str) -> None:
    """The twin: most words with digits are no secret."""
    assert is_clean_phrase(text)


@pytest.mark.parametrize("word", ["test:unit", "docker-compose", "lint", "build.sh", "py3.11"])
def test_words_of_commands_are_clean(word: str) -> None:
    """The twin of the next one."""
    assert is_clean_word(word)


@pytest.mark.parametrize(
    "word",
    ["", "-x", "a/b", "a" * 33, "ignore-previous", "send-secrets", "x1y2z3a4b5c6d7",
     "eviĺ", "w\u0430rd", "a b", "a\x00",
     "evil.com", "ann-tool"],
)  # fmt: skip
def test_other_words_are_not(word: str) -> None:
    """Paths, keys, orders, addresses, names."""
    assert not is_clean_word(word, ANN)


@given(st.text(max_size=200))
def test_a_clean_phrase_is_short_printable_and_without_markup(text: str) -> None:
    """Whatever the rules above miss, this holds."""
    if is_clean_phrase(text):
        assert text.isprintable()
        assert len(text) <= 140
        assert not set(text) & set("<>{}[]|\\/$&*=~^@`")
