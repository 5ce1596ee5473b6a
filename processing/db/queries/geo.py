"""Distances on the globe as SQL, without an extension."""

EARTH_RADIUS_M = 6_371_000
# Mean radius; the great circle then errs by less than 0.6 %.


def distance_m_sql(latitude_1: str, longitude_1: str, latitude_2: str, longitude_2: str) -> str:
    """SQL: metres between two places, by the haversine formula; NULL where one is not known."""
    half_north = f"sind(({latitude_2} - {latitude_1}) / 2)"
    half_east = f"sind(({longitude_2} - {longitude_1}) / 2)"
    haversine = (
        f"({half_north} * {half_north}"
        f" + cosd({latitude_1}) * cosd({latitude_2}) * {half_east} * {half_east})"
    )
    # The arc tangent, not the arc sine: rounding may push the haversine of antipodes above 1.
    return f"({2 * EARTH_RADIUS_M} * atan2(sqrt({haversine}), sqrt(abs(1 - {haversine}))))"
