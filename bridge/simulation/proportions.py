"""What Iraq's schools are like, in numbers: the simulation's assumptions, each with its source.

"Working default" = no figure was found; the value is plausible and only the simulation rests on it.
"""

# Schools of the federal ministry 2023 and their pupils: alssaa.com, 2024-01-30.
FEDERAL_SCHOOL_COUNT = 28_986
FEDERAL_LEVELS = {
    "kindergarten": 1_244,
    "primary": 18_393,
    # 9,003 intermediate and secondary schools; how they divide is a working default.
    "intermediate": 3_960,
    "secondary": 2_793,
    "preparatory": 2_250,
    "vocational": 322,
    "institute": 24,
}
FEDERAL_PUPILS_A_SCHOOL = {
    "kindergarten": 197_915 / 1_244,
    "primary": 6_454_872 / 18_393,
    "intermediate": 3_612_281 / 9_003,
    "secondary": 3_612_281 / 9_003,
    "preparatory": 3_612_281 / 9_003,
    "vocational": 119_086 / 346,
    "institute": 119_086 / 346,
}

# Schools and pupils of the Kurdistan Region, January 2026; the levels are working defaults.
KRG_SCHOOL_COUNT = 7_585
KRG_PUPIL_COUNT = 1_827_572
KRG_LEVELS = {
    "kindergarten": 6,
    "basic": 66,
    "preparatory": 18,
    "secondary": 7,
    "vocational": 2,
    "institute": 1,
}
KRG_PUPILS_A_SCHOOL = {  # working defaults that make 241 = KRG_PUPIL_COUNT / KRG_SCHOOL_COUNT
    "kindergarten": 110,
    "basic": 245,
    "preparatory": 270,
    "secondary": 260,
    "vocational": 200,
    "institute": 200,
}
PUPILS_A_SCHOOL = {"federal": FEDERAL_PUPILS_A_SCHOOL, "krg": KRG_PUPILS_A_SCHOOL}
MINISTRY_LEVELS = {"federal": FEDERAL_LEVELS, "krg": KRG_LEVELS}
MINISTRIES = {"federal": FEDERAL_SCHOOL_COUNT, "krg": KRG_SCHOOL_COUNT}

# Share of a district's schools that are the Kurdistan ministry's: all in its governorates, none
# elsewhere, but for districts that both administer. Working defaults.
KRG_GOVERNORATES = {"IQG06", "IQG09", "IQG11", "IQL01"}
KRG_SHARES = {
    "IQG11Q04": 0.5,  # Makhmour
    "IQG15Q01": 1.0,  # Aqra
    "IQG10Q06": 1.0,  # Kifri
    "IQG15Q06": 0.6,  # Shikhan
    "IQG10Q05": 0.35,  # Khanaqin
    "IQG15Q07": 0.25,  # Sinjar
}
# Share of all federal schools that are representations for displaced people. Working default.
REPRESENTATION_SHARE = {"IQG09Q02": 0.0015, "IQG11Q02": 0.001, "IQG06Q01": 0.0005}

# About 40 % of schools share a building in two or three shifts (field knowledge; jummar.media 7461
# gives 16,600 buildings for 26,000 schools in 2022). How many have three: working default.
SHARING_PCT = 40
THREE_SHIFT_GROUP_PCT = 12
LEVELS_WITH_A_BUILDING_OF_THEIR_OWN = {"kindergarten", "institute"}
SECOND_SHIFTS = {"noon": 85, "evening": 15}

# Grades: KG1 = -1, KG2 = 0. Structure of UIS for Iraq; basic = Kurdistan since its reform of 2009.
GRADES = {
    "kindergarten": (-1, 0),
    "primary": (1, 6),
    "intermediate": (7, 9),
    "secondary": (7, 12),
    "preparatory": (10, 12),
    "vocational": (10, 12),
    "institute": (10, 14),
    "basic": (1, 9),
}
# Rural primary schools with the intermediate grades attached. Working default.
PRIMARY_TO_GRADE_9_PCT = 2

# Working defaults from here on.
SEXES = {
    "kindergarten": {"mixed": 1},
    "primary": {"mixed": 42, "boys": 31, "girls": 27},
    "basic": {"mixed": 86, "boys": 7, "girls": 7},
    "intermediate": {"boys": 43, "girls": 41, "mixed": 16},
    "secondary": {"boys": 38, "girls": 42, "mixed": 20},
    "preparatory": {"boys": 48, "girls": 46, "mixed": 6},
    "vocational": {"boys": 66, "girls": 30, "mixed": 4},
    "institute": {"mixed": 60, "boys": 20, "girls": 20},
}
OWNERSHIPS = {
    "federal": {"government": 930, "private": 64, "religious": 6},
    "krg": {"government": 960, "private": 36, "foreign": 4},
}
KINDERGARTEN_OWNERSHIPS = {"government": 62, "private": 38}
LOCALITIES = {
    "kindergarten": {"urban": 92, "rural": 8},
    "primary": {"urban": 55, "rural": 45},
    "basic": {"urban": 58, "rural": 42},
    "intermediate": {"urban": 68, "rural": 32},
    "secondary": {"urban": 66, "rural": 34},
    "preparatory": {"urban": 88, "rural": 12},
    "vocational": {"urban": 95, "rural": 5},
    "institute": {"urban": 1},
}
SIZE_FACTORS = {"urban": 1.22, "rural": 0.62}
SIZE_SIGMA = 0.5  # of the logarithm
PUPIL_RANGE = (14, 1_900)

# Languages of teaching where a share does not teach in the ministry's first language.
BADINI_DISTRICTS = {"IQG15Q01", "IQG15Q06", "IQG15Q07"}
LANGUAGES = {
    "federal": {"ar": 1},
    "krg": {"ckb": 92, "ar": 8},
    "badini": {"kmr": 90, "ar": 8, "syr": 2},
}
DISTRICT_LANGUAGES = {
    ("federal", "IQG13Q04"): {"ar": 66, "ckb": 27, "tr": 7},  # Kirkuk
    ("federal", "IQG13Q02"): {"ar": 70, "ckb": 22, "tr": 8},  # Daquq
    ("federal", "IQG13Q03"): {"ar": 60, "ckb": 40},  # Dibis
    ("federal", "IQG10Q05"): {"ar": 80, "ckb": 20},  # Khanaqin
    ("federal", "IQG16Q07"): {"ar": 76, "ckb": 10, "tr": 14},  # Tooz Khurmato
    ("federal", "IQG15Q03"): {"ar": 93, "syr": 7},  # Hamdaniya
    ("federal", "IQG15Q09"): {"ar": 94, "syr": 6},  # Tilkaef
    ("krg", "IQG11Q02"): {"ckb": 88, "ar": 9, "tr": 2, "syr": 1},  # Erbil
}

# How enrolment of one year follows from the last one's.
GROWTH_MEAN, GROWTH_SIGMA, GROWTH_LIMIT = 0.02, 0.04, 0.12

# Weight of a grade against the one below it: pupils leave on the way up.
GRADE_TO_GRADE = 0.955
GIRLS_PCT_IN_MIXED = 47
# Boys' schools in the country that enrol some girls, as true ones do.
BOYS_SCHOOLS_WITH_GIRLS_PCT = 6
GIRLS_PCT_IN_BOYS_SCHOOLS = 9

# Pupils of a grade by years from the intended age: m2 = two or more younger ... 6 = six or more
# older. Usual, then in evening schools; each grade up makes the older ones this much more frequent.
AGE_BANDS = ("m2", "m1", "0", "1", "2", "3", "4", "5", "6", "unknown")
AGE_WEIGHTS = {
    "day": (0.1, 2.5, 76, 13, 4.2, 1.6, 0.7, 0.3, 0.1, 0.9),
    "evening": (0, 0.3, 14, 21, 22, 17, 12, 8, 4.5, 1.2),
}
OLDER_A_GRADE = 0.08
EVENING_LEVELS = {"intermediate", "secondary", "preparatory"}

# Pupils of a grade, per cent: repeating, come from another school, come back after leaving.
REPEATERS_PCT = {-1: 0, 0: 0, 1: 9, 2: 5, 3: 5, 4: 6, 5: 12, 6: 9, 7: 14, 8: 12, 9: 13, 10: 8}
REPEATERS_PCT_ABOVE = 9
TRANSFERRED_PCT, RETURNERS_PCT = 2.2, 0.5
KINDERGARTEN_PCT = {"urban": 24, "rural": 5}

PUPILS_A_SECTION = {"urban": (28, 46), "rural": (18, 36)}
COMBINED_BELOW_PUPILS = 9

# Buildings.
PUPILS_A_ROOM = 36
UNUSABLE_ROOMS_PCT = 8
BUILT_AS_SCHOOL_PCT = 93
BUILDING_MATERIALS = {
    "brick_concrete": 88, "prefab": 6, "stone": 2, "mud": 2, "tent": 1, "other": 1,
}  # fmt: skip
BUILDING_CONDITIONS = {"good": 32, "minor_repair": 41, "major_repair": 22, "unsafe": 5}
WATER_SOURCES = {
    "piped": 62, "tanker_cart": 15, "protected_well_spring": 7, "packaged": 6, "surface": 4,
    "unprotected_well_spring": 3, "rainwater": 1, "none": 2,
}  # fmt: skip
WATER_AVAILABLE_PCT = 78
TOILET_TYPES = {
    "flush": 70, "pit_with_slab": 21, "pit_without_slab": 4, "composting": 1, "hanging": 1,
    "bucket": 1, "none": 2,
}  # fmt: skip
PUPILS_A_TOILET = (35, 110)
USABLE_TOILETS_PCT = (60, 100)
SINGLE_SEX_TOILETS_PCT = 82
HANDWASHING_PCT = 74
SOAP_WATER = {"both": 38, "water_only": 50, "soap_only": 2, "neither": 10}
NO_POWER_PCT = 4
POWER_SOURCES_PCT = {
    "grid": 95, "private_generator": 24, "community_generator": 33, "solar": 4,
}  # fmt: skip
POWER_IN_LESSONS_PCT = 57
COMPUTERS_PCT, COMPUTERS = 19, (4, 30)
INTERNET = {"teaching": 9, "office_only": 24, "none": 67}
RAMP_PCT, ACCESSIBLE_TOILET_PCT, ADAPTED_MATERIALS_PCT = 21, 9, 4
NO_GPS_PCT = 2
GPS_ERROR_DEGREES, GPS_ACCURACY_M, ALTITUDE_M = 0.0004, (3, 18), (5, 900)
GUEST_DISPUTES_PCT = 4
REMARKS_PCT = 10

# Of a year's pupils; working defaults.
LEAVERS_PCT = 1.5
# Counted by teachers; surveys that ask parents find more. Working default.
DIFFICULTY_PCT = 1.2
# Schools that have displaced pupils, and their share there; working defaults.
SCHOOLS_WITH_DISPLACED_PCT = 15
DISPLACED_PCT = 8
