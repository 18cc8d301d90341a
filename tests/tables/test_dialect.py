"""How a delimited text is divided into cells; expected values worked by hand."""

from __future__ import annotations

import pytest

from core.tables.dialect import SEPARATOR_LINE, Dialect, delimiter_by_columns, delimiter_by_header
from core.tables.encodings import decode


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_tell_the_delimiter_though_the_header_holds_more_of_another_sign(delimiter):
    rows = ["date|place of the event, as written; if any".replace("|", delimiter)] + [f"1{delimiter}2"] * 3
    assert delimiter_by_columns("\n".join(rows)) == delimiter


def test_the_header_tells_the_delimiter_where_rows_hold_decimal_commas():
    text = "\ntime_s;rain_mm\n0;1,5\n60;2,5\n"
    assert delimiter_by_header(text) == ";"
    assert delimiter_by_columns(text) == ","  # the reason why small tables of numbers are judged by their header


def test_one_column_is_taken_for_a_text_with_commas():
    assert delimiter_by_columns("a\nb\n") == delimiter_by_header("a\nb\n") == ","


def test_rows_keep_their_index_where_empty_ones_are_passed_over():
    rows = Dialect(";").split_rows('\na;b\n;\n"1\n2";3\n')
    assert list(rows) == [(1, ["a", "b"]), (3, ["1\n2", "3"])]


def test_spaces_after_a_delimiter_are_part_of_the_cell_unless_said():
    assert next(Dialect(",").split_rows("a, b\n"))[1] == ["a", " b"]
    assert next(Dialect(",", skip_initial_space=True).split_rows("a, b\n"))[1] == ["a", "b"]


@pytest.mark.parametrize("line", ["sep=;\n", '"sep=;"\r\n', "SEP=,\n"])
def test_a_line_for_excel_is_known(line):
    assert SEPARATOR_LINE.sub("", line + "a;b\n") == "a;b\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_decoded_without_its_mark(encoding):
    assert decode("Größe;Ort\n1;Köln\n".encode(encoding)) == "Größe;Ort\n1;Köln\n"
