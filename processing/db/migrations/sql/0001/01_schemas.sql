CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE SCHEMA raw;
COMMENT ON SCHEMA raw IS 'What ODK Central holds, exactly as received. Never edited.';
CREATE SCHEMA survey;
COMMENT ON SCHEMA survey IS 'One typed table a form and one a repeat, made from the form''s own schema.';
CREATE SCHEMA survey_v;
COMMENT ON SCHEMA survey_v IS 'Readers'' views of survey: live rows, personal fields masked.';
CREATE SCHEMA quality;
COMMENT ON SCHEMA quality IS 'Issues found in the data, with their history.';
CREATE SCHEMA emis;
COMMENT ON SCHEMA emis IS 'The warehouse: areas, directorates, buildings, schools and what they reported.';
CREATE SCHEMA stats;
COMMENT ON SCHEMA stats IS 'Indicator values as numerator and denominator.';

COMMENT ON SCHEMA ops IS 'How the system itself is doing: synchronisation, due work, runs, users.';
