"""The entity lists that tablets get: the properties of each, in their order.

A form reads them as columns of `<list>.csv`; every value is text.
"""

SCHOOL_PROPERTIES = (
    "school_code",
    "governorate",
    "district",
    "directorate",
    "ministry",
    "level",
    "sex",
    "lowest_grade",
    "highest_grade",
    "building_code",
    "building_role",
    "latitude",
    "longitude",
    "pupils_last_year",
)
ROUND_PROPERTIES = (
    "round_code",
    "form_id",
    "ministry",
    "school_year",
    "reference_date",
    "opens_on",
    "due_on",
    "closes_on",
)
