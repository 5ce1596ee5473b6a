CREATE TABLE emis.school_return (
  form_id text NOT NULL,
  school_code text NOT NULL,
  period text NOT NULL,
  school_year smallint NOT NULL,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  received_at timestamptz NOT NULL,
  review_state text,
  has_blocking_issue boolean NOT NULL,
  PRIMARY KEY (form_id, school_code, period),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
CREATE INDEX school_return_year ON emis.school_return (school_year, form_id);

CREATE TABLE emis.enrolment (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  grade smallint NOT NULL CHECK (grade BETWEEN -2 AND 14),
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  pupil_count integer NOT NULL CHECK (pupil_count >= 0),
  new_entrant_count integer CHECK (new_entrant_count >= 0),
  promoted_count integer,
  repeater_count integer NOT NULL CHECK (repeater_count >= 0),
  transferred_in_count integer NOT NULL CHECK (transferred_in_count >= 0),
  returner_count integer NOT NULL CHECK (returner_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, grade, sex_code)
);

CREATE TABLE emis.enrolment_by_age (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  grade smallint NOT NULL,
  sex_code text NOT NULL CHECK (sex_code IN ('female', 'male')),
  age_band_code text NOT NULL,
  age_from_years smallint,
  age_to_years smallint,
  pupil_count integer NOT NULL CHECK (pupil_count >= 0),
  new_entrant_count integer CHECK (new_entrant_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, grade, sex_code, age_band_code)
);

CREATE TABLE emis.grade_section (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  grade smallint NOT NULL,
  section_count integer NOT NULL CHECK (section_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year, grade)
);

CREATE TABLE emis.facility (
  building_code text NOT NULL,
  school_year smallint NOT NULL,
  answered_by_school_code text NOT NULL,
  classroom_count integer CHECK (classroom_count >= 0),
  classroom_usable_count integer CHECK (classroom_usable_count >= 0),
  water_source_code text,
  is_water_available boolean,
  toilet_type_code text,
  toilet_count integer CHECK (toilet_count >= 0),
  toilet_girls_usable_count integer CHECK (toilet_girls_usable_count >= 0),
  toilet_boys_usable_count integer CHECK (toilet_boys_usable_count >= 0),
  toilet_common_usable_count integer CHECK (toilet_common_usable_count >= 0),
  has_handwashing boolean,
  soap_water_code text,
  power_source_codes text[],
  is_power_available_in_lessons boolean,
  computer_pupil_count integer CHECK (computer_pupil_count >= 0),
  internet_code text,
  has_ramp boolean,
  has_accessible_toilet boolean,
  has_adapted_materials boolean,
  latitude double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude double precision CHECK (longitude BETWEEN -180 AND 180),
  accuracy_m double precision,
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (building_code, school_year)
);

CREATE TABLE emis.facility_session (
  school_code text NOT NULL,
  school_year smallint NOT NULL,
  building_code text NOT NULL,
  classroom_used_count integer CHECK (classroom_used_count >= 0),
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  PRIMARY KEY (school_code, school_year)
);
