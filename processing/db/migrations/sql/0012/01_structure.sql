ALTER TABLE emis.facility
  ADD COLUMN is_built_as_school boolean,
  ADD COLUMN material_code text,
  ADD COLUMN condition_code text;
COMMENT ON COLUMN emis.facility.is_built_as_school IS 'Was the building built to be a school? False of a house or another building that is used as one.';
COMMENT ON COLUMN emis.facility.material_code IS 'What the classrooms are mainly built of; code list building_material.';
COMMENT ON COLUMN emis.facility.condition_code IS 'State of the whole building, as its host says; code list building_condition.';

ALTER TABLE emis.facility_session ADD COLUMN toilet_used_count integer CHECK (toilet_used_count >= 0);
COMMENT ON COLUMN emis.facility_session.toilet_used_count IS 'Toilets that the school uses in its session.';

-- Returns that have come already say it in survey: their facts are made anew.
INSERT INTO ops.due (stage, form_id, school_code, period, since, not_before)
SELECT DISTINCT 'normalize', f.form_id, s.school_code, s.period, now(), now()
FROM raw.submission s JOIN raw.form f USING (form_key)
WHERE f.form_id = 'facility_return' AND s.school_code IS NOT NULL AND s.period IS NOT NULL;
