CREATE TABLE stats.indicator_value (
  indicator text NOT NULL,
  school_year smallint NOT NULL,
  unit_level text NOT NULL CHECK (unit_level IN ('school', 'district', 'directorate', 'governorate', 'nation')),
  unit_code text NOT NULL,
  breakdown text NOT NULL DEFAULT '',
  numerator numeric NOT NULL,
  denominator numeric NOT NULL,
  school_count integer NOT NULL DEFAULT 1,
  computed_at timestamptz NOT NULL,
  PRIMARY KEY (indicator, school_year, unit_level, unit_code, breakdown)
);
CREATE INDEX indicator_value_unit ON stats.indicator_value (school_year, unit_level, unit_code);
COMMENT ON TABLE stats.indicator_value IS 'Numerator and denominator of each indicator. The ratio is formed when it is read, last of all.';
COMMENT ON COLUMN stats.indicator_value.unit_code IS 'School, area or directorate code.';
COMMENT ON COLUMN stats.indicator_value.breakdown IS 'Empty for the total, else key=value pairs joined by ";" in the order level, sex, such as "level=primary;sex=female".';
COMMENT ON COLUMN stats.indicator_value.school_count IS 'How many schools the value rests on.';
