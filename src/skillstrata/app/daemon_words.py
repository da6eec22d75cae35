"""The words that start our program again with the same settings.

In     Settings
Out    options before a verb: the data directory, the file, and each setting that an option said
Never  repeats what the file or the environment says: the other process reads that itself
"""

from skillstrata.app.setting_table import BY_KEY
from skillstrata.app.settings import Settings


def words_of(settings: Settings) -> tuple[str, ...]:
    """Give the options of these settings."""
    words = ["--data-dir", str(settings.data_dir)]
    if settings.config_path != settings.data_dir / "config.toml":
        words += ["--config", str(settings.config_path)]
    for origin in settings.origins:
        row = BY_KEY[origin.key]
        if origin.source != "flag" or origin.key == "data_dir":
            continue
        if row.kind == "yes/no":
            words.append(row.flag if origin.value else f"--no-{row.flag[2:]}")
        else:
            words += [row.flag, str(origin.value)]
    return tuple(words)
