CREATE TABLE emis.school_month (
  school_code text NOT NULL,
  period text NOT NULL,
  school_year smallint NOT NULL,
  month_date date NOT NULL,
  held_day_count integer CHECK (held_day_count >= 0),
  female_on_duty_count integer CHECK (female_on_duty_count >= 0),
  male_on_duty_count integer CHECK (male_on_duty_count >= 0),
  water_outage_day_count integer CHECK (water_outage_day_count >= 0),
  power_outage_day_count integer CHECK (power_outage_day_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, period)
);
COMMENT ON TABLE emis.school_month IS 'A month of a school: days held, teachers on duty, days without water or power.';
COMMENT ON COLUMN emis.school_month.month_date IS 'First day of the month, from the round''s reference date.';
COMMENT ON COLUMN emis.school_month.held_day_count IS 'School days held.';
COMMENT ON COLUMN emis.school_month.female_on_duty_count IS 'Female teachers on duty.';
COMMENT ON COLUMN emis.school_month.male_on_duty_count IS 'Male teachers on duty.';
COMMENT ON COLUMN emis.school_month.water_outage_day_count IS 'School days without water.';
COMMENT ON COLUMN emis.school_month.power_outage_day_count IS 'School days without electric power.';

CREATE TABLE emis.lost_day (
  school_code text NOT NULL,
  period text NOT NULL,
  school_year smallint NOT NULL,
  reason_code text NOT NULL,
  day_count integer NOT NULL CHECK (day_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, period, reason_code)
);
COMMENT ON TABLE emis.lost_day IS 'School days lost in a month, by reason; a month without lost days has no row.';
COMMENT ON COLUMN emis.lost_day.reason_code IS 'Code list closure_reason.';
COMMENT ON COLUMN emis.lost_day.day_count IS 'School days lost for this reason.';

CREATE TABLE emis.attendance (
  school_code text NOT NULL,
  period text NOT NULL,
  school_year smallint NOT NULL,
  grade smallint NOT NULL CHECK (grade BETWEEN -2 AND 14),
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  start_count integer CHECK (start_count >= 0),
  joined_count integer CHECK (joined_count >= 0),
  left_count integer CHECK (left_count >= 0),
  end_count integer CHECK (end_count >= 0),
  absent_pupil_day_count integer CHECK (absent_pupil_day_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, period, grade, sex_code)
);
COMMENT ON TABLE emis.attendance IS 'Pupils in a month by grade and sex, and the days that they were absent; presence is calculated.';
COMMENT ON COLUMN emis.attendance.start_count IS 'Pupils at the start of the month.';
COMMENT ON COLUMN emis.attendance.joined_count IS 'Joined in the month.';
COMMENT ON COLUMN emis.attendance.left_count IS 'Left in the month.';
COMMENT ON COLUMN emis.attendance.end_count IS 'Pupils at the end of the month: start + joined - left; null where that is below zero.';
COMMENT ON COLUMN emis.attendance.absent_pupil_day_count IS 'Days of absence, added up over the pupils.';

CREATE TABLE emis.teacher_absence (
  school_code text NOT NULL,
  period text NOT NULL,
  school_year smallint NOT NULL,
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  reason_code text NOT NULL,
  absent_day_count integer NOT NULL CHECK (absent_day_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, period, sex_code, reason_code)
);
COMMENT ON TABLE emis.teacher_absence IS 'Days that teachers were absent in a month, by reason; a month without absences has no row.';
COMMENT ON COLUMN emis.teacher_absence.reason_code IS 'Code list teacher_absence.';
COMMENT ON COLUMN emis.teacher_absence.absent_day_count IS 'Days of absence, added up over the teachers.';
