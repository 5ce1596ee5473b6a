CREATE TABLE quality.rule_gap (
  rule text NOT NULL REFERENCES quality.rule,
  form_id text NOT NULL,
  missing text NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (rule, form_id)
);
COMMENT ON TABLE quality.rule_gap IS 'Rules that could not run over a form when its returns were last validated. Their open issues stay open.';
COMMENT ON COLUMN quality.rule_gap.missing IS 'The tables or columns of survey that the rule reads and the form has not brought.';
GRANT SELECT, INSERT, UPDATE, DELETE ON quality.rule_gap TO emis_worker;
GRANT SELECT ON quality.rule_gap TO emis_web;
