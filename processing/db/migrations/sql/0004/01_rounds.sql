ALTER TABLE emis.round
  ADD COLUMN level_codes text[] CHECK (level_codes <> '{}'),
  ADD COLUMN directorate_codes text[] CHECK (directorate_codes <> '{}');
COMMENT ON COLUMN emis.round.level_codes IS 'Code list level: only schools of these levels owe it; null: of every level.';
COMMENT ON COLUMN emis.round.directorate_codes IS 'Only schools of these directorates, or of departments below them, owe it; null: of every directorate.';

CREATE TABLE emis.round_closing (
  round_code text PRIMARY KEY REFERENCES emis.round,
  closed_at timestamptz NOT NULL,
  closed_by text NOT NULL CHECK (closed_by <> ''),
  reason text NOT NULL CHECK (reason <> '')
);
COMMENT ON TABLE emis.round_closing IS 'Rounds that were closed before their day. An entry, never taken back: the round keeps the days that it was given.';
COMMENT ON COLUMN emis.round_closing.round_code IS 'The round in emis.round.';
COMMENT ON COLUMN emis.round_closing.closed_at IS 'From when on no answer is taken (UTC).';
COMMENT ON COLUMN emis.round_closing.closed_by IS 'Who closed it, as they gave their name.';
COMMENT ON COLUMN emis.round_closing.reason IS 'Why it was closed early, in their words.';
REVOKE UPDATE, DELETE ON emis.round_closing FROM emis_worker;
