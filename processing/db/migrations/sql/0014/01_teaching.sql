CREATE TABLE emis.staff_member_teaching (
  assignment_code text NOT NULL REFERENCES emis.staff_member ON DELETE CASCADE,
  level_code text NOT NULL,
  subject_code text NOT NULL,
  weekly_period_count integer NOT NULL CHECK (weekly_period_count > 0),
  PRIMARY KEY (assignment_code, level_code, subject_code)
);
COMMENT ON TABLE emis.staff_member_teaching IS 'Weekly periods by level and subject of people of a file, as teaching.csv says; a staff return with lines of its own (emis.staff_teaching) goes before it.';
COMMENT ON COLUMN emis.staff_member_teaching.assignment_code IS 'The person at this school; tells nothing of the person.';
COMMENT ON COLUMN emis.staff_member_teaching.level_code IS 'Code list teaching_level.';
COMMENT ON COLUMN emis.staff_member_teaching.subject_code IS 'Code list taught_subject.';
COMMENT ON COLUMN emis.staff_member_teaching.weekly_period_count IS 'Periods a week at this school.';
COMMENT ON TABLE emis.staff_teaching IS 'Weekly periods by level and subject, of the new and of those whose teaching changed; of the others an earlier year''s lines go on, and before any those of emis.staff_member_teaching.';
