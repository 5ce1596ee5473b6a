CREATE TABLE raw.submission_restore (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  deleted_at timestamptz,
  purged_at timestamptz,
  restored_at timestamptz NOT NULL,
  PRIMARY KEY (form_key, instance_id, restored_at),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission,
  CHECK (coalesce(deleted_at, purged_at) IS NOT NULL)
);
COMMENT ON TABLE raw.submission_restore IS 'Tombstones that were lifted: each time that a deleted or purged submission came back. An entry, never changed.';
COMMENT ON COLUMN raw.submission_restore.deleted_at IS 'When it had been deleted, as Central said.';
COMMENT ON COLUMN raw.submission_restore.purged_at IS 'When the mirror saw that Central did not hold it any more.';
COMMENT ON COLUMN raw.submission_restore.restored_at IS 'When the mirror saw it again: Central gives a restore no time of its own.';

CREATE TABLE raw.entity_restore (
  list_key integer NOT NULL,
  uuid text NOT NULL,
  deleted_at timestamptz,
  gone_at timestamptz,
  restored_at timestamptz NOT NULL,
  PRIMARY KEY (list_key, uuid, restored_at),
  FOREIGN KEY (list_key, uuid) REFERENCES raw.entity,
  CHECK (coalesce(deleted_at, gone_at) IS NOT NULL)
);
COMMENT ON TABLE raw.entity_restore IS 'Likewise for entities.';
COMMENT ON COLUMN raw.entity_restore.deleted_at IS 'When it had been deleted, as Central said.';
COMMENT ON COLUMN raw.entity_restore.gone_at IS 'When Central no longer listed it, not even as deleted.';
COMMENT ON COLUMN raw.entity_restore.restored_at IS 'When the mirror saw it again.';

GRANT SELECT, INSERT ON raw.submission_restore, raw.entity_restore TO emis_worker;
REVOKE UPDATE, DELETE ON raw.submission_restore, raw.entity_restore FROM emis_worker;
