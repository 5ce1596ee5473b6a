-- Independent of the ministry: a representation in the Region teaches the federal curriculum.
ALTER TABLE emis.school_history ADD COLUMN curriculum_code text;
COMMENT ON COLUMN emis.school_history.curriculum_code IS 'Code list curriculum; NULL: the registry does not say.';
CREATE OR REPLACE VIEW emis.school AS SELECT * FROM emis.school_history WHERE valid_to IS NULL;
COMMENT ON COLUMN emis.school.curriculum_code IS 'Code list curriculum; NULL: the registry does not say.';
