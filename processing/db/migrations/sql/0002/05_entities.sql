CREATE TABLE raw.entity_list (
  list_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  central text NOT NULL,
  project integer NOT NULL,
  name text NOT NULL,
  properties text[] NOT NULL DEFAULT '{}',
  is_approval_required boolean NOT NULL DEFAULT false,
  is_gone boolean NOT NULL DEFAULT false,
  etag text,
  row_count bigint NOT NULL DEFAULT 0,
  first_seen_at timestamptz NOT NULL,
  probed_at timestamptz,
  changed_at timestamptz,
  UNIQUE (central, project, name)
);
COMMENT ON TABLE raw.entity_list IS 'An entity list of Central.';
COMMENT ON COLUMN raw.entity_list.properties IS 'As the list names them; a property never goes away at Central.';
COMMENT ON COLUMN raw.entity_list.etag IS 'Of entities.csv, read before the entities that are here: it changes with everything.';

CREATE TABLE raw.entity (
  list_key integer NOT NULL REFERENCES raw.entity_list,
  uuid text NOT NULL,
  version integer NOT NULL,
  label text NOT NULL,
  data jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz,
  deleted_at timestamptz,
  gone_at timestamptz,
  creator_id integer,
  conflict text,
  landed_at timestamptz NOT NULL,
  PRIMARY KEY (list_key, uuid)
);
COMMENT ON TABLE raw.entity IS 'Each entity as it is now at Central; deleted and purged ones stay as tombstones.';
COMMENT ON COLUMN raw.entity.data IS 'Values by the property''s own name.';
COMMENT ON COLUMN raw.entity.conflict IS 'soft or hard: an update that was made from an old version and nobody has resolved.';
COMMENT ON COLUMN raw.entity.gone_at IS 'When Central no longer listed it, not even as deleted.';

CREATE TABLE raw.entity_version (
  list_key integer NOT NULL,
  uuid text NOT NULL,
  version integer NOT NULL,
  label text NOT NULL,
  data jsonb NOT NULL,
  data_received jsonb,
  base_version integer,
  conflict text,
  conflicting_properties text[],
  creator_id integer,
  source jsonb,
  version_created_at timestamptz,
  fetched_at timestamptz NOT NULL,
  PRIMARY KEY (list_key, uuid, version),
  FOREIGN KEY (list_key, uuid) REFERENCES raw.entity
);
COMMENT ON TABLE raw.entity_version IS 'Every version of an entity that has more than one, as Central keeps them.';
COMMENT ON COLUMN raw.entity_version.data_received IS 'What came in; data is what became of it.';
COMMENT ON COLUMN raw.entity_version.source IS 'Where the version came from: a submission, an upload, a person.';
