"""The README tells the truth where it can be generated: ``python -m tests.test_readme`` writes those parts anew."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import ntpd112
from ntpd112.config.load import read_city
from ntpd112.config.reference import reference_markdown
from ntpd112.core.chart import state_chart
from ntpd112.settings import Settings

README = Path(ntpd112.__file__).parents[1] / "README.md"


def settings_markdown() -> str:
    """Every setting with its default and the docstring below it."""
    source = inspect.getsource(Settings)
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        found = re.search(rf'^    {name}: [^\n]*\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL)
        meaning = " ".join(found[1].split()) if found else ""
        default = "`~/.cache/ntpd112`" if name == "cache_dir" else f"`{field.default}`" if field.default != "" else "-"
        rows.append(f"| `{name}` | {default} | {meaning} |")
    return "\n".join(rows)


def parts() -> dict[str, str]:
    return {
        "states": f"```mermaid\n{state_chart().strip()}\n```",
        "keys": reference_markdown().strip(),
        "settings": settings_markdown(),
    }


def filled(text: str) -> str:
    for name, part in parts().items():
        pattern = rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)"
        found = re.search(pattern, text, flags=re.DOTALL)
        assert found is not None, f"the README has no place for {name}"
        text = f"{text[: found.start()]}{found[1]}{part}\n{found[2]}{text[found.end() :]}"
    return text


def test_the_generated_parts_of_the_readme_are_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == filled(text), "run: python -m tests.test_readme"


def test_the_readmes_form_is_a_part_of_a_good_city_file() -> None:
    (part,) = re.findall(r"```yaml\n(districts:.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    city = read_city(f'{part}city: Kota\noperators: {{"201": {{name: Sari}}}}\n').city
    assert [field.name for field in city.types["flood"].form] == ["depth", "rising", "source"]


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
