CREATE TABLE quality.entity_choice (
  choice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  list_key integer NOT NULL REFERENCES raw.entity_list,
  uuid text NOT NULL,
  version integer NOT NULL,
  chosen jsonb NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  chosen_at timestamptz NOT NULL,
  outcome text CHECK (outcome IN ('resolved', 'overtaken', 'impossible')),
  fault text,
  ended_at timestamptz,
  FOREIGN KEY (list_key, uuid) REFERENCES raw.entity,
  CHECK ((outcome IS NULL) = (ended_at IS NULL)),
  CHECK ((outcome = 'impossible') = (fault IS NOT NULL) OR outcome IS NULL)
);
CREATE UNIQUE INDEX entity_choice_one ON quality.entity_choice (list_key, uuid, version)
  WHERE outcome IS NULL OR outcome = 'resolved';
CREATE INDEX entity_choice_new ON quality.entity_choice (choice_id) WHERE outcome IS NULL;
COMMENT ON TABLE quality.entity_choice IS 'What an officer chose in a conflict of an entity: an entry, sent to Central once.';
COMMENT ON COLUMN quality.entity_choice.version IS 'The version that the officer looked at; a newer one overtakes the choice.';
COMMENT ON COLUMN quality.entity_choice.chosen IS 'The value of each property that differed; the label as "label".';
COMMENT ON COLUMN quality.entity_choice.outcome IS 'Null: not sent yet. overtaken: the entity changed meanwhile. impossible: the registry cannot hold a value, see fault.';
