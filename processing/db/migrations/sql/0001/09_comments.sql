-- Every column of the warehouse says what it holds, in which unit, and where it comes from.

COMMENT ON TABLE emis.code IS 'Code lists with their names, from config/codes.';
COMMENT ON COLUMN emis.code.code_list IS 'The list, such as water_source: columns that end in _code are looked up in one.';
COMMENT ON COLUMN emis.code.code IS 'The code as it stands in data. Never reused for another meaning.';
COMMENT ON COLUMN emis.code.position IS 'Order within the list, from 0.';
COMMENT ON COLUMN emis.code.name_ar IS 'Name in Arabic.';
COMMENT ON COLUMN emis.code.name_ckb IS 'Name in Kurdish (Sorani).';
COMMENT ON COLUMN emis.code.name_en IS 'Name in English.';

COMMENT ON TABLE emis.area IS 'The tree of areas: nation, governorates, districts. Independent of the tree of directorates.';
COMMENT ON COLUMN emis.area.area_code IS 'OCHA P-code; IQL.. for places that the P-codes do not hold.';
COMMENT ON COLUMN emis.area.area_level IS 'nation, governorate or district.';
COMMENT ON COLUMN emis.area.parent_code IS 'The area that holds this one; null for the nation alone.';
COMMENT ON COLUMN emis.area.name_ar IS 'Name in Arabic.';
COMMENT ON COLUMN emis.area.name_ckb IS 'Name in Kurdish (Sorani).';
COMMENT ON COLUMN emis.area.name_en IS 'Name in English.';
COMMENT ON COLUMN emis.area.valid_from IS 'First day on which the area exists.';
COMMENT ON COLUMN emis.area.valid_to IS 'First day on which it exists no more; null: it does.';
COMMENT ON COLUMN emis.area.source IS 'Where code and names were taken from.';

COMMENT ON TABLE emis.directorate IS 'The tree of directorates: general directorates of education and their departments.';
COMMENT ON COLUMN emis.directorate.directorate_code IS 'Code of this system; config/codes/directorates.csv.';
COMMENT ON COLUMN emis.directorate.directorate_level IS 'general, or department below one.';
COMMENT ON COLUMN emis.directorate.parent_code IS 'The general directorate of a department.';
COMMENT ON COLUMN emis.directorate.ministry_code IS 'Code list ministry: federal or krg.';
COMMENT ON COLUMN emis.directorate.name_ar IS 'Name in Arabic.';
COMMENT ON COLUMN emis.directorate.name_ckb IS 'Name in Kurdish (Sorani).';
COMMENT ON COLUMN emis.directorate.name_en IS 'Name in English.';
COMMENT ON COLUMN emis.directorate.valid_from IS 'First day on which the directorate exists.';
COMMENT ON COLUMN emis.directorate.valid_to IS 'First day on which it exists no more; null: it does.';
COMMENT ON COLUMN emis.directorate.source IS 'Where its name and place in the tree were taken from.';

COMMENT ON TABLE emis.building IS 'A school building. It hosts one or more schools and owns the facilities.';
COMMENT ON COLUMN emis.building.building_code IS 'Code of the registry.';
COMMENT ON COLUMN emis.building.area_code IS 'The area in which it stands, its district where known.';
COMMENT ON COLUMN emis.building.latitude IS 'Registered latitude, degrees WGS 84. Never public.';
COMMENT ON COLUMN emis.building.longitude IS 'Registered longitude, degrees WGS 84. Never public.';
COMMENT ON COLUMN emis.building.valid_from IS 'First day on which the building is in use.';
COMMENT ON COLUMN emis.building.valid_to IS 'First day on which it is in use no more; null: it is.';

COMMENT ON TABLE emis.school_history IS 'Each school with its traits, a row for each time in which they stayed the same.';
COMMENT ON COLUMN emis.school_history.school_code IS 'Code of the registry, opaque; other numbers of the school are in emis.school_alias.';
COMMENT ON COLUMN emis.school_history.valid_from IS 'First day on which this row holds.';
COMMENT ON COLUMN emis.school_history.valid_to IS 'First day on which it holds no more; null: it holds today.';
COMMENT ON COLUMN emis.school_history.name_ar IS 'Name in Arabic.';
COMMENT ON COLUMN emis.school_history.name_ckb IS 'Name in Kurdish (Sorani), where it has one.';
COMMENT ON COLUMN emis.school_history.name_en IS 'Name in English, where it has one.';
COMMENT ON COLUMN emis.school_history.name_sort IS 'Key for sorting and searching, made of name_ar by config.names.sort_key.';
COMMENT ON COLUMN emis.school_history.ministry_code IS 'Code list ministry. Independent of area and directorate.';
COMMENT ON COLUMN emis.school_history.directorate_code IS 'The department, or general directorate, that runs the school.';
COMMENT ON COLUMN emis.school_history.area_code IS 'The area in which the school lies, its district where known.';
COMMENT ON COLUMN emis.school_history.building_code IS 'The building in which the school works.';
COMMENT ON COLUMN emis.school_history.building_role_code IS 'host: its head answers for the building; guest: confirms or disputes.';
COMMENT ON COLUMN emis.school_history.level_code IS 'Code list level: what kind of school it is. What it teaches are its grades.';
COMMENT ON COLUMN emis.school_history.lowest_grade IS 'Lowest grade taught; -1 and 0 are kindergarten.';
COMMENT ON COLUMN emis.school_history.highest_grade IS 'Highest grade taught, up to 14 in institutes.';
COMMENT ON COLUMN emis.school_history.sex_code IS 'boys, girls or mixed, as registered.';
COMMENT ON COLUMN emis.school_history.ownership_code IS 'Code list ownership: government, private, religious or foreign.';
COMMENT ON COLUMN emis.school_history.session_code IS 'Code list session: morning, noon or evening.';
COMMENT ON COLUMN emis.school_history.locality_code IS 'urban or rural.';
COMMENT ON COLUMN emis.school_history.language_code IS 'Main language of teaching; code list language.';
COMMENT ON COLUMN emis.school_history.pupil_count_last_year IS 'Pupils of the year before, as the registry holds it. Corrected in place.';
COMMENT ON COLUMN emis.school_history.is_open IS 'Does the school teach, and so owe returns?';
COMMENT ON COLUMN emis.school_history.is_simulated IS 'True for schools made up for training and trials.';

COMMENT ON TABLE emis.school_alias IS 'Other numbers by which a school is known: of the ministry, the statistical office, older ones.';
COMMENT ON COLUMN emis.school_alias.scheme IS 'Whose number it is.';
COMMENT ON COLUMN emis.school_alias.alias_code IS 'The number in that scheme.';
COMMENT ON COLUMN emis.school_alias.school_code IS 'The school in emis.school_history.';

COMMENT ON TABLE emis.round IS 'Rounds of an instrument: when schools are asked, and as of which day.';
COMMENT ON COLUMN emis.round.round_code IS 'Code of the round; the period of its submissions.';
COMMENT ON COLUMN emis.round.form_id IS 'The form that is filled in.';
COMMENT ON COLUMN emis.round.ministry_code IS 'The ministry whose schools owe it; null: of every ministry.';
COMMENT ON COLUMN emis.round.school_year IS 'The school year that it describes, named by the year in which it begins.';
COMMENT ON COLUMN emis.round.name_ar IS 'Name in Arabic.';
COMMENT ON COLUMN emis.round.name_ckb IS 'Name in Kurdish (Sorani).';
COMMENT ON COLUMN emis.round.name_en IS 'Name in English.';
COMMENT ON COLUMN emis.round.reference_date IS 'The day to which all answers refer.';
COMMENT ON COLUMN emis.round.opens_on IS 'First day on which it can be answered.';
COMMENT ON COLUMN emis.round.due_on IS 'Last day on which an answer is in time.';
COMMENT ON COLUMN emis.round.closes_on IS 'Last day on which an answer is taken.';

COMMENT ON TABLE emis.school_return IS 'The return of each school and round: among the live ones, without an open blocking issue before with one, approved before not, then the newest.';
COMMENT ON COLUMN emis.school_return.form_id IS 'The form.';
COMMENT ON COLUMN emis.school_return.school_code IS 'The school.';
COMMENT ON COLUMN emis.school_return.period IS 'The round, as answered.';
COMMENT ON COLUMN emis.school_return.school_year IS 'The school year of the round, named by the year in which it begins.';
COMMENT ON COLUMN emis.school_return.form_key IS 'The form in raw.form; with instance_id, the submission.';
COMMENT ON COLUMN emis.school_return.instance_id IS 'The submission in raw.submission.';
COMMENT ON COLUMN emis.school_return.received_at IS 'When Central received it (UTC).';
COMMENT ON COLUMN emis.school_return.review_state IS 'Review state at Central: hasIssues, edited, approved; null: received.';
COMMENT ON COLUMN emis.school_return.has_blocking_issue IS 'True: received, but it gives no facts until its blocking issues are settled.';

COMMENT ON TABLE emis.enrolment IS 'Pupils by grade and sex, from the census return that counts.';
COMMENT ON COLUMN emis.enrolment.school_code IS 'The school.';
COMMENT ON COLUMN emis.enrolment.school_year IS 'School year, named by the year in which it begins.';
COMMENT ON COLUMN emis.enrolment.grade IS 'Grade; -1 and 0 are kindergarten.';
COMMENT ON COLUMN emis.enrolment.sex_code IS 'female or male. A sex that the school was not asked for has no row.';
COMMENT ON COLUMN emis.enrolment.pupil_count IS 'Pupils: the sum of all years of birth, unknown included; else the form''s total.';
COMMENT ON COLUMN emis.enrolment.new_entrant_count IS 'Pupils new to the level; asked in its first grade only (-1, 1, 7, 10), else null.';
COMMENT ON COLUMN emis.enrolment.promoted_count IS 'Pupils promoted from the grade below: the rest, pupils less new, repeating, transferred in and returned. Never typed.';
COMMENT ON COLUMN emis.enrolment.repeater_count IS 'Pupils who repeat the grade.';
COMMENT ON COLUMN emis.enrolment.transferred_in_count IS 'Pupils who came from another school since last year.';
COMMENT ON COLUMN emis.enrolment.returner_count IS 'Pupils who had left school and came back.';
COMMENT ON COLUMN emis.enrolment.form_key IS 'The form in raw.form; with instance_id, the submission.';
COMMENT ON COLUMN emis.enrolment.instance_id IS 'The submission in raw.submission.';

COMMENT ON TABLE emis.enrolment_by_age IS 'Pupils by grade, sex and year of birth. A band without pupils has no row.';
COMMENT ON COLUMN emis.enrolment_by_age.school_code IS 'The school.';
COMMENT ON COLUMN emis.enrolment_by_age.school_year IS 'School year, named by the year in which it begins.';
COMMENT ON COLUMN emis.enrolment_by_age.grade IS 'Grade; -1 and 0 are kindergarten.';
COMMENT ON COLUMN emis.enrolment_by_age.sex_code IS 'female or male.';
COMMENT ON COLUMN emis.enrolment_by_age.age_band_code IS 'Code list age_band: years from the intended age, 5 + grade; age_unknown where the year of birth is not known.';
COMMENT ON COLUMN emis.enrolment_by_age.age_from_years IS 'Youngest age of the band in years, reached on 31 December of the year in which the school year begins; null: open or unknown.';
COMMENT ON COLUMN emis.enrolment_by_age.age_to_years IS 'Oldest age of the band in years, as age_from_years.';
COMMENT ON COLUMN emis.enrolment_by_age.pupil_count IS 'Pupils of the band.';
COMMENT ON COLUMN emis.enrolment_by_age.new_entrant_count IS 'New entrants of grade 1 in the band. Asked in wider bands than pupils: age_m1 is 1 or more years younger, age_2 is 2 or more older.';
COMMENT ON COLUMN emis.enrolment_by_age.form_key IS 'The form in raw.form; with instance_id, the submission.';
COMMENT ON COLUMN emis.enrolment_by_age.instance_id IS 'The submission in raw.submission.';

COMMENT ON TABLE emis.grade_section IS 'Sections by grade, from the census return that counts.';
COMMENT ON COLUMN emis.grade_section.school_code IS 'The school.';
COMMENT ON COLUMN emis.grade_section.school_year IS 'School year, named by the year in which it begins.';
COMMENT ON COLUMN emis.grade_section.grade IS 'Grade; -1 and 0 are kindergarten.';
COMMENT ON COLUMN emis.grade_section.section_count IS 'Sections of the grade; a section that grades share is counted at one of them.';
COMMENT ON COLUMN emis.grade_section.form_key IS 'The form in raw.form; with instance_id, the submission.';
COMMENT ON COLUMN emis.grade_section.instance_id IS 'The submission in raw.submission.';

COMMENT ON TABLE emis.facility IS 'Facilities of a building, from the return of the school that hosts it.';
COMMENT ON COLUMN emis.facility.building_code IS 'The building.';
COMMENT ON COLUMN emis.facility.school_year IS 'School year, named by the year in which it begins.';
COMMENT ON COLUMN emis.facility.answered_by_school_code IS 'The host whose head answered.';
COMMENT ON COLUMN emis.facility.classroom_count IS 'Classrooms of the building.';
COMMENT ON COLUMN emis.facility.classroom_usable_count IS 'Classrooms that can be used.';
COMMENT ON COLUMN emis.facility.water_source_code IS 'Main source of drinking water; code list water_source (JMP question W1).';
COMMENT ON COLUMN emis.facility.is_water_available IS 'Was water available from it on the day (JMP question W2)?';
COMMENT ON COLUMN emis.facility.toilet_type_code IS 'Most common type of toilet; code list toilet_type (JMP question S1).';
COMMENT ON COLUMN emis.facility.toilet_count IS 'Toilets of the building.';
COMMENT ON COLUMN emis.facility.toilet_girls_usable_count IS 'Usable toilets for girls only (JMP question S2).';
COMMENT ON COLUMN emis.facility.toilet_boys_usable_count IS 'Usable toilets for boys only (JMP question S2).';
COMMENT ON COLUMN emis.facility.toilet_common_usable_count IS 'Usable toilets for both (JMP question S2).';
COMMENT ON COLUMN emis.facility.has_handwashing IS 'Is there somewhere to wash hands (JMP question H1)?';
COMMENT ON COLUMN emis.facility.soap_water_code IS 'Soap and water there on the day; code list soap_water (JMP question H2).';
COMMENT ON COLUMN emis.facility.power_source_codes IS 'All sources of power; code list power_source.';
COMMENT ON COLUMN emis.facility.is_power_available_in_lessons IS 'Is power regularly and readily available during lessons?';
COMMENT ON COLUMN emis.facility.computer_pupil_count IS 'Computers and tablets that pupils use.';
COMMENT ON COLUMN emis.facility.internet_code IS 'Internet for teaching, for the office only, or none; code list internet.';
COMMENT ON COLUMN emis.facility.has_ramp IS 'Can a wheelchair enter?';
COMMENT ON COLUMN emis.facility.has_accessible_toilet IS 'Is there a toilet for pupils with disabilities?';
COMMENT ON COLUMN emis.facility.has_adapted_materials IS 'Are there materials for pupils with disabilities?';
COMMENT ON COLUMN emis.facility.latitude IS 'Latitude that the tablet measured, degrees WGS 84. Never public.';
COMMENT ON COLUMN emis.facility.longitude IS 'Longitude that the tablet measured, degrees WGS 84. Never public.';
COMMENT ON COLUMN emis.facility.accuracy_m IS 'Accuracy that the tablet states, metres.';
COMMENT ON COLUMN emis.facility.form_key IS 'The form in raw.form; with instance_id, the submission.';
COMMENT ON COLUMN emis.facility.instance_id IS 'The submission in raw.submission.';

COMMENT ON TABLE emis.facility_session IS 'What a school uses of its building in its own session, host or guest.';
COMMENT ON COLUMN emis.facility_session.school_code IS 'The school.';
COMMENT ON COLUMN emis.facility_session.school_year IS 'School year, named by the year in which it begins.';
COMMENT ON COLUMN emis.facility_session.building_code IS 'The building in which the school works in that year.';
COMMENT ON COLUMN emis.facility_session.classroom_used_count IS 'Classrooms that the school uses in its session.';
COMMENT ON COLUMN emis.facility_session.form_key IS 'The form in raw.form; with instance_id, the submission.';
COMMENT ON COLUMN emis.facility_session.instance_id IS 'The submission in raw.submission.';

COMMENT ON COLUMN stats.indicator_value.indicator IS 'Code of the indicator; config/indicators.toml.';
COMMENT ON COLUMN stats.indicator_value.school_year IS 'School year, named by the year in which it begins.';
COMMENT ON COLUMN stats.indicator_value.unit_level IS 'school, district, directorate (general or department), governorate or nation.';
COMMENT ON COLUMN stats.indicator_value.numerator IS 'Numerator, in pupils, schools or sections as the indicator says.';
COMMENT ON COLUMN stats.indicator_value.denominator IS 'Denominator. 0: the figure does not exist here, but the numerator counts further up.';
COMMENT ON COLUMN stats.indicator_value.computed_at IS 'When the value last changed (UTC).';

-- The view of today's schools says of its columns what the table says.
DO $$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT v.attname, col_description(h.attrelid, h.attnum) AS said
    FROM pg_attribute v
    JOIN pg_attribute h ON h.attrelid = 'emis.school_history'::regclass AND h.attname = v.attname
    WHERE v.attrelid = 'emis.school'::regclass AND v.attnum > 0
  LOOP
    EXECUTE format('COMMENT ON COLUMN emis.school.%I IS %L', found.attname, found.said);
  END LOOP;
END $$;
