CREATE TABLE emis.leaver (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  form_id text NOT NULL CHECK (form_id IN ('school_census', 'year_end_results')),
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  reason_code text NOT NULL,
  pupil_count integer NOT NULL CHECK (pupil_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, form_id, sex_code, reason_code)
);
COMMENT ON TABLE emis.leaver IS 'Pupils who left, by reason; a school that reported none has no row. The two forms ask at different times: never add them up.';
COMMENT ON COLUMN emis.leaver.form_id IS 'Which form asked: the census about those who left since the last one, the year-end results about the year.';
COMMENT ON COLUMN emis.leaver.reason_code IS 'Code list leaver_reason.';

CREATE TABLE emis.pupil_difficulty (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  level_code text NOT NULL,
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  domain_code text NOT NULL,
  pupil_count integer NOT NULL CHECK (pupil_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, level_code, sex_code, domain_code)
);
COMMENT ON TABLE emis.pupil_difficulty IS 'Pupils with a lot of difficulty in functioning, each once under the greatest; a school that reported none has no row. Small cells are suppressed outside the ministry.';
COMMENT ON COLUMN emis.pupil_difficulty.level_code IS 'Code list teaching_level.';
COMMENT ON COLUMN emis.pupil_difficulty.domain_code IS 'Code list disability_domain.';

CREATE TABLE emis.pupil_displacement (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  level_code text NOT NULL,
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  pupil_count integer NOT NULL CHECK (pupil_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, level_code, sex_code)
);
COMMENT ON TABLE emis.pupil_displacement IS 'Displaced pupils; a school that reported none has no row. Never public by school.';
COMMENT ON COLUMN emis.pupil_displacement.level_code IS 'Code list teaching_level.';

CREATE TABLE emis.year_end_result (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  grade smallint NOT NULL CHECK (grade BETWEEN -2 AND 14),
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  enrolled_count integer CHECK (enrolled_count >= 0),
  passed_count integer CHECK (passed_count >= 0),
  passed_carrying_count integer CHECK (passed_carrying_count >= 0),
  failed_count integer CHECK (failed_count >= 0),
  deferred_absent_count integer CHECK (deferred_absent_count >= 0),
  struck_off_count integer CHECK (struck_off_count >= 0),
  left_count integer CHECK (left_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, grade, sex_code)
);
COMMENT ON TABLE emis.year_end_result IS 'Outcomes of the year by grade and sex, after the last exam round.';
COMMENT ON COLUMN emis.year_end_result.enrolled_count IS 'Pupils at the end of the year.';
COMMENT ON COLUMN emis.year_end_result.passed_count IS 'Passed in all subjects.';
COMMENT ON COLUMN emis.year_end_result.passed_carrying_count IS 'Passed, carrying subjects: promoted all the same.';
COMMENT ON COLUMN emis.year_end_result.failed_count IS 'Failed: repeats the grade.';
COMMENT ON COLUMN emis.year_end_result.deferred_absent_count IS 'Deferred the exams or was absent from them.';
COMMENT ON COLUMN emis.year_end_result.struck_off_count IS 'Struck off the register in the course of the year.';
COMMENT ON COLUMN emis.year_end_result.left_count IS 'Left in the course of the year.';

CREATE TABLE emis.ministerial_exam (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  grade smallint NOT NULL CHECK (grade BETWEEN -2 AND 14),
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  exam_round_code text NOT NULL,
  sat_count integer CHECK (sat_count >= 0),
  passed_count integer CHECK (passed_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, grade, sex_code, exam_round_code)
);
COMMENT ON TABLE emis.ministerial_exam IS 'The ministerial exam of grades 6, 9 and 12 by round. Who passed graduates: the sum over the rounds.';
COMMENT ON COLUMN emis.ministerial_exam.exam_round_code IS 'Code list exam_round.';
COMMENT ON COLUMN emis.ministerial_exam.sat_count IS 'Pupils who sat this round.';
COMMENT ON COLUMN emis.ministerial_exam.passed_count IS 'Pupils who passed in this round.';
