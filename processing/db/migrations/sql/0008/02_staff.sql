CREATE SEQUENCE emis.assignment_number;

CREATE TABLE emis.staff_member (
  assignment_code text PRIMARY KEY DEFAULT 'P' || nextval('emis.assignment_number') CHECK (assignment_code ~ '^\S+$'),
  school_code text NOT NULL,
  staff_number text CHECK (staff_number <> ''),
  name text NOT NULL CHECK (name <> ''),
  sex_code text CHECK (sex_code IN ('female', 'male')),
  birth_year smallint CHECK (birth_year BETWEEN 1900 AND 2100),
  post_code text,
  work_code text,
  attachment_code text,
  contract_code text,
  qualification_code text,
  institution_code text,
  has_pedagogical_training boolean,
  weekly_period_count integer CHECK (weekly_period_count >= 0),
  is_listed boolean NOT NULL DEFAULT true,
  is_simulated boolean NOT NULL DEFAULT false,
  school_year smallint,
  form_key integer,
  instance_id text,
  CHECK ((instance_id IS NULL) = (school_year IS NULL) AND (instance_id IS NULL) = (form_key IS NULL))
);
CREATE UNIQUE INDEX staff_member_filed ON emis.staff_member (school_code, staff_number) WHERE instance_id IS NULL;
CREATE INDEX staff_member_school ON emis.staff_member (school_code);
CREATE INDEX staff_member_number ON emis.staff_member (staff_number);
COMMENT ON TABLE emis.staff_member IS 'People on the staff of schools, one row a person and school, with their names: loaded from a file, or new in a staff return. For the list on the school''s tablet; no analyst and no page reads it.';
COMMENT ON INDEX emis.staff_member_filed IS 'A file may be loaded again: the same number at the same school is the same row.';
COMMENT ON COLUMN emis.staff_member.assignment_code IS 'Names the person at this school, on tablets and in facts; tells nothing of the person.';
COMMENT ON COLUMN emis.staff_member.staff_number IS 'The number by which the ministry knows the person. Never the national id.';
COMMENT ON COLUMN emis.staff_member.name IS 'The person''s name as the file or the head wrote it.';
COMMENT ON COLUMN emis.staff_member.birth_year IS 'Year of birth.';
COMMENT ON COLUMN emis.staff_member.is_listed IS 'Is the person to be on the tablet''s list?';
COMMENT ON COLUMN emis.staff_member.is_simulated IS 'A person of a simulated survey.';
COMMENT ON COLUMN emis.staff_member.school_year IS 'School year of the return in which the person was new; null: from a file.';
COMMENT ON COLUMN emis.staff_member.form_key IS 'With instance_id, the submission in which the person was new; null: from a file.';
COMMENT ON COLUMN emis.staff_member.instance_id IS 'The submission in which the person was new; null: from a file.';

CREATE TABLE emis.staff (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  assignment_code text NOT NULL,
  state_code text NOT NULL CHECK (state_code IN ('as_listed', 'changed', 'left', 'new')),
  sex_code text CHECK (sex_code IN ('female', 'male')),
  post_code text,
  work_code text,
  attachment_code text,
  contract_code text,
  qualification_code text,
  institution_code text,
  has_pedagogical_training boolean,
  weekly_period_count integer CHECK (weekly_period_count >= 0),
  in_service_codes text[],
  joined_how_code text,
  left_how_code text,
  is_here boolean NOT NULL,
  is_teacher boolean NOT NULL,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, assignment_code)
);
CREATE INDEX staff_assignment ON emis.staff (assignment_code, school_year);
COMMENT ON TABLE emis.staff IS 'The staff of a school in a year as its return says, one row a person; no names.';
COMMENT ON COLUMN emis.staff.assignment_code IS 'The person at this school; emis.staff_person joins the rows of one person.';
COMMENT ON COLUMN emis.staff.state_code IS 'as_listed, changed or left against the list on the tablet; new: was not on it.';
COMMENT ON COLUMN emis.staff.in_service_codes IS 'Code list inservice_kind: in-service training in the twelve months before; empty: none.';
COMMENT ON COLUMN emis.staff.joined_how_code IS 'Code list joined_how, of the new; only a new appointment counts as recruited.';
COMMENT ON COLUMN emis.staff.left_how_code IS 'Code list left_how, of those who left; only who left teaching counts in attrition.';
COMMENT ON COLUMN emis.staff.is_here IS 'Works at the school: has not left and is not seconded elsewhere.';
COMMENT ON COLUMN emis.staff.is_teacher IS 'Is here, and does the work of a teacher, whatever the post.';

CREATE TABLE emis.staff_teaching (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  assignment_code text NOT NULL,
  line_number integer NOT NULL,
  level_code text,
  subject_code text,
  weekly_period_count integer CHECK (weekly_period_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, assignment_code, line_number)
);
COMMENT ON TABLE emis.staff_teaching IS 'Weekly periods by level and subject, of the new and of those whose teaching changed; of the others an earlier year''s lines go on.';
COMMENT ON COLUMN emis.staff_teaching.assignment_code IS 'The person in emis.staff.';
COMMENT ON COLUMN emis.staff_teaching.line_number IS 'Place of the line in the return.';
COMMENT ON COLUMN emis.staff_teaching.level_code IS 'Code list teaching_level.';
COMMENT ON COLUMN emis.staff_teaching.subject_code IS 'Code list taught_subject.';

CREATE VIEW emis.staff_person AS
SELECT assignment_code,
  min(assignment_code) OVER (PARTITION BY coalesce(staff_number, '/' || assignment_code)) AS person_code
FROM emis.staff_member;
COMMENT ON VIEW emis.staff_person IS 'Which assignments are one person''s, by the staff number, which is not shown: one teacher is one in any total.';
COMMENT ON COLUMN emis.staff_person.assignment_code IS 'A person at a school, as in emis.staff.';
COMMENT ON COLUMN emis.staff_person.person_code IS 'The same for all assignments of one person.';

REVOKE ALL ON emis.staff_member FROM emis_reader, emis_web;
GRANT USAGE ON SEQUENCE emis.assignment_number TO emis_worker;
