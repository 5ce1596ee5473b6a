CREATE TABLE ops.pull (
  pull_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  form_key integer NOT NULL REFERENCES raw.form,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  is_full boolean NOT NULL,
  row_count bigint NOT NULL,
  added bigint NOT NULL,
  changed bigint NOT NULL,
  purged bigint NOT NULL,
  request_count integer NOT NULL,
  byte_count bigint NOT NULL
);
CREATE INDEX pull_newest ON ops.pull (form_key, finished_at DESC);
COMMENT ON TABLE ops.pull IS 'Each pull that changed something. Rows of raw.submission that it wrote bear started_at as their landed_at.';
COMMENT ON COLUMN ops.pull.finished_at IS 'The last moment before the commit.';
COMMENT ON COLUMN ops.pull.byte_count IS 'Bytes that came over the wire, compressed as they were.';
COMMENT ON COLUMN ops.pull.row_count IS 'Rows that Central sent, changed or not.';

CREATE TABLE ops.sync_total (
  form_key integer PRIMARY KEY REFERENCES raw.form,
  pull_count bigint NOT NULL DEFAULT 0,
  idle_count bigint NOT NULL DEFAULT 0,
  full_count bigint NOT NULL DEFAULT 0,
  row_count bigint NOT NULL DEFAULT 0,
  request_count bigint NOT NULL DEFAULT 0,
  byte_count bigint NOT NULL DEFAULT 0,
  seconds double precision NOT NULL DEFAULT 0,
  lag_count bigint NOT NULL DEFAULT 0,
  lag_seconds double precision NOT NULL DEFAULT 0,
  lag_buckets bigint[] NOT NULL DEFAULT '{}',
  since timestamptz NOT NULL
);
COMMENT ON TABLE ops.sync_total IS 'Counters of the pulls of a form, which only grow: what /metrics shows.';
COMMENT ON COLUMN ops.sync_total.lag_buckets IS 'How many rows landed within 1, 2, 3, 5, 10, 30, 60, 300, 3600 and 86400 seconds of their time at Central; each row in one.';

ALTER TABLE ops.sync_state
  ADD COLUMN is_deep boolean NOT NULL DEFAULT false,
  ADD COLUMN unverified_count bigint,
  ADD COLUMN differences jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN ops.sync_state.is_deep IS 'The last comparison looked at every typed value.';
COMMENT ON COLUMN ops.sync_state.unverified_count IS 'Rows that were not yet verified against their XML when they were compared.';
COMMENT ON COLUMN ops.sync_state.differences IS 'How many rows differed, by kind.';
