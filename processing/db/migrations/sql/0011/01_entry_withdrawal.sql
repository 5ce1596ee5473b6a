ALTER TABLE ops.entry
  ADD COLUMN withdrawn_at timestamptz,
  ADD COLUMN withdrawn_by text CHECK (withdrawn_by <> ''),
  ADD COLUMN withdrawal_reason text CHECK (withdrawal_reason <> ''),
  ADD COLUMN replaced_by text REFERENCES ops.entry DEFERRABLE INITIALLY DEFERRED,
  ADD CHECK (withdrawn_at IS NULL OR sent_at IS NULL AND withdrawn_by IS NOT NULL
    AND num_nonnulls(withdrawal_reason, replaced_by) = 1),
  ADD CHECK (withdrawn_at IS NOT NULL
    OR num_nonnulls(withdrawn_by, withdrawal_reason, replaced_by) = 0);
COMMENT ON COLUMN ops.entry.withdrawn_at IS 'When an officer took back what Central had refused (UTC): it is not sent any more, and its school and round are free.';
COMMENT ON COLUMN ops.entry.withdrawn_by IS 'Name and login of the account that took it back.';
COMMENT ON COLUMN ops.entry.withdrawal_reason IS 'Why, in the officer''s words; null where it was corrected.';
COMMENT ON COLUMN ops.entry.replaced_by IS 'The entry that stands in its place, where it was corrected.';
COMMENT ON COLUMN ops.entry.xml IS 'The submission as the form has made it, until Central has taken it; kept of one that was withdrawn.';

DROP INDEX ops.entry_waiting;
CREATE INDEX entry_waiting ON ops.entry (not_before, instance_id)
  WHERE sent_at IS NULL AND withdrawn_at IS NULL;

CREATE VIEW ops.refused_entry AS
SELECT instance_id, school_code, period, xml FROM ops.entry
WHERE sent_at IS NULL AND withdrawn_at IS NULL AND attempts > 0;
COMMENT ON VIEW ops.refused_entry IS 'Entries that Central has refused and nobody has withdrawn. The pages read of these alone what was answered, so that it can be corrected.';
COMMENT ON COLUMN ops.refused_entry.instance_id IS 'The entry.';
COMMENT ON COLUMN ops.refused_entry.school_code IS 'The school in whose name it was entered.';
COMMENT ON COLUMN ops.refused_entry.period IS 'The round.';
COMMENT ON COLUMN ops.refused_entry.xml IS 'The submission as the form has made it.';

GRANT SELECT (withdrawn_at, withdrawn_by, withdrawal_reason, replaced_by),
  UPDATE (withdrawn_at, withdrawn_by, withdrawal_reason, replaced_by) ON ops.entry TO emis_web;
GRANT SELECT ON ops.refused_entry TO emis_web;
REVOKE INSERT, UPDATE, DELETE ON ops.refused_entry FROM emis_worker;
