"""Distances on the globe as SQL, without an extension."""

EARTH_RADIUS_M = 6_371_000
# Mean radius; the great circle then errs by less than 0.6 %.


def distance_m_sql(latitude_1: str, longitude_1: str, latitude_2: str, longitude_2: str) -> str:
    """SQL: metres between two places, by the haversine formula; NULL where one is not known."""
    half_north = f"sind(({latitude_2} - {latitude_1}) / 2)"
    half_east = f"sind(({longitude_2} - {longitude_1}) / 2)"
    # Rounding may push the root of antipodes a hair above 1, where asin ends.
    root = (
        f"sqrt({half_north} * {half_north}"
        f" + cosd({latitude_1}) * cosd({latitude_2}) * {half_east} * {half_east})"
    )
    return f"({2 * EARTH_RADIUS_M} * asin(least(1, {root})))"
