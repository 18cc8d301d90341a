"""Records as codes, and the past of places; expected values worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.systems.crime.features import places
from core.systems.crime.features.context_features import count_siblings, encode_numbers, encode_slots
from core.systems.crime.features.place_history import build_history_tables, history_width, out_of_fold_history
from core.systems.crime.features.vocabulary import MISSING, SLOTS, UNKNOWN, build_vocabulary
from core.systems.crime.train.splits import split_forward, split_interleaved
from tests.systems.crime.conftest import town


def records(table=None):
    """The invented town as `IncidentRecords.frame`."""
    table = town(400) if table is None else table
    return pd.DataFrame(
        {
            "datetime": table["Occurred On"],
            "latitude": table["Lat"],
            "longitude": table["Lon"],
            "district": table["Sector"],
            "address": table["Block"],
            "location_type": None,
            "description": None,
            "domestic": np.int8(-1),
            "label": table["Category"],
        }
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("1234 Main St", places.Block("1200 MAIN ST", "MAIN ST")),
        ("1200 Block of MAIN ST", places.Block("1200 MAIN ST", "MAIN ST")),
        ("012XX MAIN ST", places.Block("1200 MAIN ST", "MAIN ST")),
        ("0 Block of MAIN ST", places.Block("0 MAIN ST", "MAIN ST")),
        ("OAK ST / MAIN ST", places.Block("MAIN ST / OAK ST", "MAIN ST", "OAK ST")),
        ("Main St & Oak St", places.Block("MAIN ST / OAK ST", "MAIN ST", "OAK ST")),
        ("CITY HALL", places.Block("CITY HALL", "CITY HALL")),
    ],
)
def test_an_address_is_cut_to_its_block_or_crossing(address, expected):
    assert places.parse_block(address) == expected


def test_places_100_metres_apart_share_large_cells_and_not_small_ones():
    origin = (50.0, 8.0)
    keys = places.cell_keys(np.array([50.0005, 50.0005 + 0.0018, np.nan]), np.array([8.001, 8.001, 8.0]), origin)
    assert keys[0, 0] == keys[1, 0]
    assert keys[0, -1] != keys[1, -1]
    assert (keys[2] == 0).all()


def test_the_clock_is_coded_with_monday_first():
    frame = records().iloc[[0]].assign(datetime=pd.Timestamp("2020-01-06 13:05"))  # a Monday
    row = dict(zip(SLOTS, encode_slots(frame, build_vocabulary(records()))[0], strict=True))
    assert row["minute_of_day"] == 13 * 60 + 5 + 2
    assert (row["hour"], row["minute"], row["hour_of_week"]) == (15, 7, 15)
    assert (row["day_of_month"], row["day_of_year"]) == (8, 8)
    assert row["siblings"] == 0


def test_what_training_did_not_know_is_unknown_and_what_is_not_given_is_missing():
    vocabulary = build_vocabulary(records())
    frame = records().iloc[[0, 1]].assign(address=["900 NOWHERE RD", None], district=["EAST", None])
    codes = encode_slots(frame, vocabulary)
    for name in ("address", "street", "district"):
        assert codes[:, SLOTS.index(name)].tolist() == [UNKNOWN, MISSING]


def test_inputs_that_no_training_row_had_are_missing_for_ever():
    frame = records().assign(latitude=np.nan, longitude=np.nan)
    vocabulary = build_vocabulary(frame)
    assert vocabulary.origin is None
    assert (encode_slots(records(), vocabulary)[:, 3 : 3 + len(places.CELLS)] == MISSING).all()
    assert np.isfinite(encode_numbers(frame, vocabulary)).all()


def test_the_trend_stays_where_training_ended():
    vocabulary = build_vocabulary(records())
    frame = records().iloc[[0, 0]].assign(datetime=[pd.Timestamp("2021-06-01 10:00"), pd.Timestamp("2031-06-01 10:00")])
    width = len(vocabulary.knots)
    first, later = encode_numbers(frame, vocabulary)[:, :width]
    assert np.array_equal(first, later)
    assert first.sum() == pytest.approx(1)


def test_siblings_share_time_and_address():
    frame = records().iloc[:4].assign(datetime=pd.Timestamp("2020-01-01 10:00"), address=["A", "A", "B", None])
    assert count_siblings(frame).tolist() == [2, 2, 1, 0]


def past_of(block, labels, days):
    codes = np.zeros((len(labels), len(SLOTS)), dtype=np.int32)
    codes[:, SLOTS.index("address")] = block
    sizes = [5] * len(SLOTS)
    return out_of_fold_history(codes, np.array(labels), np.array(days, dtype=float), sizes, 2, length=10.0)


def test_a_row_never_sees_its_own_block_of_time():
    same = past_of([2, 2, 2, 2], [0, 0, 1, 1], [0, 1, 2, 3])
    assert np.allclose(same, 0)


def test_other_blocks_of_time_speak_and_rows_without_a_label_teach_nothing():
    past = past_of([2, 2, 2, 3], [0, 0, -1, 1], [0, 1, 20, 40])
    unlabelled = past[2]
    assert unlabelled[0] > 0 > unlabelled[1]  # what was seen there is likelier than in the city
    assert np.allclose(past[3, :3], past_of([2, 2, 2, 3], [0, 0, -1, 0], [0, 1, 20, 40])[3, :3])


def test_the_past_of_a_place_fades_and_unknown_places_have_none():
    codes = np.zeros((4, len(SLOTS)), dtype=np.int32)
    codes[:, SLOTS.index("address")] = [2, 2, 3, 3]
    tables = build_history_tables(
        codes, np.array([0, 0, 1, 1]), np.array([0.0, 0, 3652.5, 3652.5]), [5] * len(SLOTS), 2
    )
    address = tables.values[0]
    assert address.shape == (5, 3)
    assert (address[:2] == 0).all()
    assert abs(address[2, 0]) < abs(address[3, 1])
    assert tables.look_up(codes).shape == (4, history_width(2))


def test_splits_go_forward_in_time_or_hold_out_every_other_even_week():
    moments = records()["datetime"]
    parts = split_forward(moments)
    assert moments[parts.train].max() < moments[parts.validation].min()
    assert moments[parts.validation].max() < moments[parts.test].min()
    assert (parts.train ^ parts.validation ^ parts.test).all()
    weeks = pd.Series(pd.date_range("2020-01-06", "2020-12-20", freq="6h"))
    even = weeks[weeks.dt.isocalendar().week % 2 == 0].reset_index(drop=True)
    between = split_interleaved(even)
    assert sorted(even[between.test].dt.isocalendar().week.unique())[:3] == [2, 6, 10]
    assert 4 in even[~between.test].dt.isocalendar().week.unique()
