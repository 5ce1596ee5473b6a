CREATE TABLE emis.code (
  code_list text NOT NULL,
  code text NOT NULL,
  position integer NOT NULL,
  name_ar text NOT NULL,
  name_ckb text NOT NULL,
  name_en text NOT NULL,
  PRIMARY KEY (code_list, code)
);

CREATE TABLE emis.area (
  area_code text PRIMARY KEY,
  area_level text NOT NULL CHECK (area_level IN ('nation', 'governorate', 'district')),
  parent_code text REFERENCES emis.area,
  name_ar text NOT NULL,
  name_ckb text NOT NULL,
  name_en text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  source text NOT NULL,
  CHECK ((area_level = 'nation') = (parent_code IS NULL))
);

CREATE TABLE emis.directorate (
  directorate_code text PRIMARY KEY,
  directorate_level text NOT NULL CHECK (directorate_level IN ('general', 'department')),
  parent_code text REFERENCES emis.directorate,
  ministry_code text NOT NULL,
  name_ar text NOT NULL,
  name_ckb text NOT NULL,
  name_en text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  source text NOT NULL
);

CREATE TABLE emis.building (
  building_code text PRIMARY KEY,
  area_code text NOT NULL REFERENCES emis.area,
  latitude double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude double precision CHECK (longitude BETWEEN -180 AND 180),
  valid_from date NOT NULL,
  valid_to date
);

CREATE TABLE emis.school_history (
  school_code text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  name_ar text NOT NULL,
  name_ckb text,
  name_en text,
  name_sort text NOT NULL,
  ministry_code text NOT NULL,
  directorate_code text NOT NULL REFERENCES emis.directorate,
  area_code text NOT NULL REFERENCES emis.area,
  building_code text NOT NULL REFERENCES emis.building,
  building_role_code text NOT NULL CHECK (building_role_code IN ('host', 'guest')),
  level_code text NOT NULL,
  lowest_grade smallint NOT NULL,
  highest_grade smallint NOT NULL,
  sex_code text NOT NULL CHECK (sex_code IN ('boys', 'girls', 'mixed')),
  ownership_code text NOT NULL,
  session_code text NOT NULL,
  locality_code text NOT NULL,
  language_code text NOT NULL,
  pupil_count_last_year integer CHECK (pupil_count_last_year >= 0),
  is_open boolean NOT NULL DEFAULT true,
  is_simulated boolean NOT NULL DEFAULT false,
  PRIMARY KEY (school_code, valid_from),
  CHECK (lowest_grade <= highest_grade),
  CHECK (valid_to IS NULL OR valid_to > valid_from),
  EXCLUDE USING gist (school_code WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE INDEX school_history_directorate ON emis.school_history (directorate_code) WHERE valid_to IS NULL;
CREATE INDEX school_history_building ON emis.school_history (building_code) WHERE valid_to IS NULL;
CREATE INDEX school_history_name ON emis.school_history USING gin (name_sort gin_trgm_ops);

CREATE VIEW emis.school AS SELECT * FROM emis.school_history WHERE valid_to IS NULL;
COMMENT ON VIEW emis.school IS 'Each school as it is today.';

CREATE TABLE emis.school_alias (
  scheme text NOT NULL,
  alias_code text NOT NULL,
  school_code text NOT NULL,
  PRIMARY KEY (scheme, alias_code)
);

CREATE TABLE emis.round (
  round_code text PRIMARY KEY,
  form_id text NOT NULL,
  ministry_code text,
  school_year smallint NOT NULL CHECK (school_year BETWEEN 1950 AND 2100),
  name_ar text NOT NULL,
  name_ckb text NOT NULL,
  name_en text NOT NULL,
  reference_date date NOT NULL,
  opens_on date NOT NULL,
  due_on date NOT NULL,
  closes_on date NOT NULL,
  CHECK (opens_on <= due_on AND due_on <= closes_on)
);
