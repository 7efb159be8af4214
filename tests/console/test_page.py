"""The page is built with pip's Node, once, and its sources pass their own checks."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from ntpd112.console import build as page


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def built(cache: Path) -> Path:
    return page.build(cache)


def test_given_an_empty_cache_the_page_is_built_and_nothing_else_is_left(cache: Path, built: Path) -> None:
    assert sorted(path.name for path in built.iterdir()) == sorted(page.FILES)
    assert [path.name for path in cache.iterdir()] == [built.name]


def test_a_page_that_is_there_is_not_built_again(cache: Path, built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "node_folder", lambda: pytest.fail("it was built again"))
    assert page.build(cache) == built


def test_the_pages_need_no_inline_script_or_style(built: Path) -> None:
    text = "".join((built / name).read_text(encoding="utf-8") for name in page.PAGES)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text)


def test_sources_put_no_text_in_as_html() -> None:
    for path in (page.PAGE / "src").rglob("*.ts*"):
        assert not re.search(
            r"innerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|\sstyle=", path.read_text("utf-8")
        ), path


def test_the_lock_names_no_registry_and_hashes_every_package() -> None:
    text = (page.PAGE / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    assert text.count('"integrity": "sha512-') == text.count('"node_modules/')


def test_older_pages_go_but_the_last_one(cache: Path, built: Path) -> None:
    for age, name in enumerate(["page-last", "page-older", "page-oldest"], 1):
        (cache / name).mkdir()
        os.utime(cache / name, (1000 - age, 1000 - age))
    shutil.rmtree(built)
    assert page.build(cache) == built
    assert sorted(path.name for path in cache.iterdir()) == sorted([built.name, "page-last"])


def test_given_a_broken_source_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "page"
    shutil.copytree(page.PAGE, broken, ignore=shutil.ignore_patterns("node_modules"))
    (broken / "src" / "main.tsx").write_text("import {", encoding="utf-8")
    monkeypatch.setattr(page, "PAGE", broken)
    with pytest.raises(page.PageError, match="cannot be bundled"):
        page.build(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_node_the_cure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "find_spec", lambda _name: None)
    with pytest.raises(page.PageError, match="make venv"):
        page.build(tmp_path)


def test_types_and_the_pages_own_tests(cache: Path) -> None:
    page.check(cache)
