CREATE TABLE ops.xml_trouble (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  since timestamptz NOT NULL,
  next_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  reason text NOT NULL,
  PRIMARY KEY (form_key, instance_id),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
COMMENT ON TABLE ops.xml_trouble IS 'Submissions whose XML Central did not serve when it was asked: each is asked for again by itself, at once, after a minute, after a day at last, so that it holds up no other.';
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.xml_trouble TO emis_worker;
GRANT SELECT ON ops.xml_trouble TO emis_web;
