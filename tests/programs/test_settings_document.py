"""A YAML document becomes nodes with places, and hostile bytes become one clear problem."""

import pytest

from xiaolaba.core.errors import ConfigError
from xiaolaba.settings.document import Mapping, Mark, Scalar, Sequence, read_document


def read(tmp_path, raw: bytes):
    path = tmp_path / "f.yaml"
    path.write_bytes(raw)
    return read_document(path, "f.yaml")


def told(tmp_path, raw: bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, raw)
    (problem,) = caught.value.problems
    return f"{problem.line}:{problem.column} {problem.en}"


def texts(node: Mapping) -> dict[str, str]:
    return {key.text: value.text for key, value in node.entries if isinstance(value, Scalar)}


def test_words_that_other_yaml_readers_turn_into_numbers_stay_text(tmp_path):
    root = read(tmp_path, b"a: 7:30\nb: no\nc: 2026-01-01\nd: 010\ne: 1_000\nf: ~\n")

    assert isinstance(root, Mapping)
    assert texts(root) == {
        "a": "7:30",
        "b": "no",
        "c": "2026-01-01",
        "d": "010",
        "e": "1_000",
        "f": "~",
    }


def test_every_node_knows_its_line_and_column(tmp_path):
    root = read(tmp_path, "名: 东门\nat:\n  - [x, 中文, y]\n".encode())

    assert isinstance(root, Mapping)
    (name, _), (_, at) = root.entries
    assert name.mark == Mark(1, 1)
    assert isinstance(at, Sequence)
    row = at.items[0]
    assert isinstance(row, Sequence)
    assert [item.mark for item in row.items] == [Mark(3, 6), Mark(3, 9), Mark(3, 13)]


@pytest.mark.parametrize(
    "raw",
    [b"\xef\xbb\xbfa: 1\nb: 2\n", b"a: 1\r\nb: 2\r\n", b"a: 1\nb: 2", b"---\na: 1\nb: 2\n...\n"],
    ids=["byte order mark", "Windows line ends", "no last line end", "document marks"],
)
def test_harmless_differences_of_editors_are_accepted(tmp_path, raw):
    assert texts(read(tmp_path, raw)) == {"a": "1", "b": "2"}


def test_an_empty_file_is_an_empty_word(tmp_path):
    root = read(tmp_path, b"# nothing yet\n")

    assert isinstance(root, Scalar)
    assert root.empty


BOMB = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [*%c, *%c]\n" % (98 + n, 98 + n, 97 + n, 97 + n) for n in range(20)
)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("名: 东门\n".encode("gbk"), "1:1 not UTF-8 (it looks like GBK); save the file as UTF-8"),
        (
            "a: 1\nb: 东门\n".encode("gbk"),
            "2:4 not UTF-8 (it looks like GBK); save the file as UTF-8",
        ),
        (
            "a: 1\n".encode("utf-16"),
            "1:1 not UTF-8 (it looks like UTF-16); save the file as UTF-8",
        ),
        (b"a: \xff\n", "1:4 not UTF-8; save the file as UTF-8"),
        (b"a: 1\nb: \x00\n", "2:4 unprintable U+0000"),
        (b"a:\n\t- b\n", "2:1 indented with a tab; use spaces"),
        ("a: 1\nb：2\nc: 3\n".encode(), "2:2 full-width colon; write ': '"),
        ('- a: 1\n  at：["7:30-8:30"]\n  b: 2\n'.encode(), "2:5 full-width colon; write ': '"),
        (b"- id:a\n  where: x\n", "1:5 a space is wanted after the colon"),
        (
            'a: ["x"，"y"]\n'.encode(),
            "1:8 not valid YAML: full-width '，' on this line; write it half-width"
            " (did not find expected ',' or ']')",
        ),
        (b"a: [b\n", "1:4 this '[' is never closed (did not find expected ',' or ']')"),
        (BOMB, "1:4 anchors and aliases (& and *) are not supported; write it out, or quote the"),
        (b"a: *b\n", "1:4 anchors and aliases (& and *) are not supported; write it out, or quote"),
        (b"a: !!python/object:os.system x\n", "1:4 tags are not supported"),
        (b"? [a]\n: b\n", "1:3 a key must be a word"),
        (b"a: 1\n---\nb: 2\n", "2:1 only one document a file; remove the extra '---'"),
        (b"[" * 10_000, "1:33 nested too deeply; the limit is 32 levels"),
        (b"- " * 10_000, "1:65 nested too deeply; the limit is 32 levels"),
        (b"{a: " * 10_000, "1:129 nested too deeply; the limit is 32 levels"),
        (b"- a\n" * 250_000, "199999:3 too much in one file; the limit is 200000 values"),
        (b"x" * 2_000_000, "1:1 the file is too large; the limit is 1 MB"),
    ],
    ids=[
        "GBK",
        "GBK further down",
        "UTF-16",
        "no encoding at all",
        "a zero byte",
        "a tab",
        "a full-width colon",
        "a full-width colon before a time",
        "no space after a colon",
        "a full-width comma between quotes",
        "an open bracket",
        "an alias bomb",
        "an alias of nothing",
        "a tag",
        "a list as a key",
        "two documents",
        "brackets 10,000 deep",
        "dashes 10,000 deep",
        "braces 10,000 deep",
        "too many values",
        "too large",
    ],
)
def test_hostile_bytes_are_one_problem_at_its_place(tmp_path, raw, said):
    assert told(tmp_path, raw).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n  - id: x\n   at: 1\n", "3:4 缩进没有对齐：同一级的各行要从同一列开始"),
        ("a:\n  - x: 1\n - y: 2\n", "3:2 缩进没有对齐：同一级的各行要从同一列开始"),
        ("a:\n  - id: x\n     at: 1\n", "3:8 缩进没有对齐，或者上一行少了冒号"),
        (
            'a:\n  - at: ["07:30-08:30]\n    b: 2\n  - at: ["09:00-10:00"]\n    c: 3\n',
            "2:10 这个引号没有关上",
        ),
        ("a:\n  - at: '7:30\n    b: 2\n  - at: '9:00'\n    c: 3\n", "2:9 这个引号没有关上"),
        ('a:\n  - at: ["07:30-08:30]\n    b: 2\n', "2:10 这个引号没有关上"),
        ('a: ["07:30-08:30, "17:00-19:00"]\n', "1:20 这一行的引号没有配成对"),
        ('a: ["x" "y"]\n', "1:9 少了逗号，或者少了 ']'"),
        ("- {id: a name: b}\n", "1:14 少了逗号，或者少了 '}'"),
        ("a:\n  - {id: a, name: b\n  - {id: c}\n", "2:5 这里的 '{' 没有关上"),
        ('a: "x" y\n', "1:8 引号外面还有字；全放进引号，或者去掉引号"),
        ("a: b: c\n", "1:5 一行里有两个冒号；值里有冒号，就给值加引号"),
        ("a:\n  - x\n  y\nb: 1\n", "3:3 这一行少了冒号，或者少了 '- '"),
        ("a: - x\n", "1:4 '- ' 要另起一行"),
        ("a: @x\n", "1:4 值不能以 '@' 开头；请加引号"),
        ('a: "\\q"\n', "1:5 双引号里的 '\\' 有特别的意思；请改用单引号"),
    ],
    ids=[
        "a key one space short",
        "a dash one space short",
        "a key one space long",
        "an open quote that the next one closes",
        "an open single quote that the next one closes",
        "an open quote in the last lines",
        "an open quote in a line of several",
        "no comma",
        "no comma among keys",
        "an open brace",
        "words after a quote",
        "two colons",
        "a line that is neither key nor item",
        "an item behind a key",
        "a sign that nothing begins with",
        "a backslash",
    ],
)
def test_the_parsers_complaints_are_told_in_chinese_where_the_slip_is(tmp_path, text, said):
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        read_document(path, "f.yaml")

    (problem,) = caught.value.problems
    assert f"{problem.line}:{problem.column} {problem.zh}" == said


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        read_document(tmp_path)
