CREATE TABLE ops.listed_entity (
  central text NOT NULL,
  project integer NOT NULL,
  list_name text NOT NULL,
  code text NOT NULL,
  school_code text NOT NULL,
  content_hash text NOT NULL,
  PRIMARY KEY (central, project, list_name, code)
);
CREATE INDEX listed_entity_school ON ops.listed_entity (central, project, list_name, school_code);
COMMENT ON TABLE ops.listed_entity IS 'What the tablets'' lists hold by our doing, so that only what has changed is sent.';
COMMENT ON COLUMN ops.listed_entity.central IS 'The name of the Central.';
COMMENT ON COLUMN ops.listed_entity.project IS 'The number of the project there.';
COMMENT ON COLUMN ops.listed_entity.list_name IS 'The entity list.';
COMMENT ON COLUMN ops.listed_entity.code IS 'The property that names the row: a person at a school, a visit, an action.';
COMMENT ON COLUMN ops.listed_entity.school_code IS 'The school that the row is about.';
COMMENT ON COLUMN ops.listed_entity.content_hash IS 'Hash of the row as Central was given it.';
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.listed_entity TO emis_worker;
