CREATE TABLE emis.source_of_record (
  school_code text NOT NULL,
  topic_code text NOT NULL,
  source_code text NOT NULL,
  PRIMARY KEY (school_code, topic_code)
);
COMMENT ON TABLE emis.source_of_record IS 'Where the record of a topic is kept for a school, as sources.csv says: one source a school and topic. What is not named is kept by this collection.';
COMMENT ON COLUMN emis.source_of_record.school_code IS 'The school in emis.school.';
COMMENT ON COLUMN emis.source_of_record.topic_code IS 'Code list record_topic.';
COMMENT ON COLUMN emis.source_of_record.source_code IS 'Code list record_source.';

CREATE TABLE emis.held_figure (
  school_code text NOT NULL,
  topic_code text NOT NULL CHECK (topic_code IN ('pupils', 'facilities')),
  school_year smallint NOT NULL CHECK (school_year BETWEEN 1950 AND 2100),
  source_code text NOT NULL CHECK (source_code <> 'this_collection'),
  as_of_date date NOT NULL,
  pupil_count integer CHECK (pupil_count >= 0),
  girl_count integer CHECK (girl_count >= 0),
  boy_count integer CHECK (boy_count >= 0),
  classroom_count integer CHECK (classroom_count >= 0),
  PRIMARY KEY (school_code, topic_code, school_year),
  CHECK ((topic_code = 'pupils') = (pupil_count IS NOT NULL)),
  CHECK ((topic_code = 'facilities') = (classroom_count IS NOT NULL)),
  CHECK ((girl_count IS NULL) = (boy_count IS NULL)),
  CHECK (girl_count IS NULL OR pupil_count IS NOT NULL),
  CHECK (girl_count + boy_count = pupil_count)
);
COMMENT ON TABLE emis.held_figure IS 'Figures that another system holds of a school, as held.csv says. They are shown and compared, and added to nothing: every figure of emis and stats comes from returns.';
COMMENT ON COLUMN emis.held_figure.school_code IS 'The school in emis.school.';
COMMENT ON COLUMN emis.held_figure.topic_code IS 'Code list record_topic; people stand in emis.staff_member instead.';
COMMENT ON COLUMN emis.held_figure.school_year IS 'The year in which the school year begins.';
COMMENT ON COLUMN emis.held_figure.source_code IS 'Code list record_source: who holds it. It is used while this is the source of record.';
COMMENT ON COLUMN emis.held_figure.as_of_date IS 'The day of which the figure is.';
COMMENT ON COLUMN emis.held_figure.pupil_count IS 'Pupils of the school, of topic pupils.';
COMMENT ON COLUMN emis.held_figure.girl_count IS 'Girls among them; null where only the sum is known.';
COMMENT ON COLUMN emis.held_figure.boy_count IS 'Boys among them; null where only the sum is known.';
COMMENT ON COLUMN emis.held_figure.classroom_count IS 'Classrooms of the building, of topic facilities.';
