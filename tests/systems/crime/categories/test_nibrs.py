"""The roll-up of the shipped cities' categories."""

from __future__ import annotations

from core.systems.crime.categories import nibrs


def test_the_roll_up_names_a_group_for_every_category_of_both_cities():
    cities = nibrs.groups_by_city()
    assert {city: len(groups) for city, groups in cities.items()} == {"San Francisco": 39, "Chicago": 36}
    assert nibrs.nibrs_group("larceny/theft") == nibrs.nibrs_group("THEFT") == "Larceny/Theft Offenses"
    assert nibrs.nibrs_group("BIKES") is None
