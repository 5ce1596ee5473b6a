CREATE TABLE emis.supervisor (
  supervisor_code text PRIMARY KEY CHECK (supervisor_code <> ''),
  name_ar text NOT NULL,
  name_ckb text,
  name_en text,
  directorate_code text NOT NULL REFERENCES emis.directorate,
  language_code text NOT NULL DEFAULT 'ar',
  is_active boolean NOT NULL DEFAULT true
);
COMMENT ON TABLE emis.supervisor IS 'Posts of supervisors. A code belongs to the post, not to the person who holds it.';
COMMENT ON COLUMN emis.supervisor.supervisor_code IS 'Code of the post.';
COMMENT ON COLUMN emis.supervisor.name_ar IS 'Name of the post in Arabic, never of a person.';
COMMENT ON COLUMN emis.supervisor.name_ckb IS 'Name of the post in Kurdish (Sorani), where it has one.';
COMMENT ON COLUMN emis.supervisor.name_en IS 'Name of the post in English, where it has one.';
COMMENT ON COLUMN emis.supervisor.directorate_code IS 'The department, or general directorate, that the post belongs to.';
COMMENT ON COLUMN emis.supervisor.language_code IS 'Language of the instructions on its sheet; code list language.';
COMMENT ON COLUMN emis.supervisor.is_active IS 'Is the post filled, and so owed a tablet?';

CREATE TABLE ops.device (
  device_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  central text NOT NULL,
  project integer NOT NULL,
  holder_kind text NOT NULL CHECK (holder_kind IN ('school', 'supervisor')),
  holder_code text NOT NULL CHECK (holder_code <> ''),
  serial integer NOT NULL CHECK (serial > 0),
  tablet text NOT NULL CHECK (tablet <> ''),
  actor_id integer,
  ordered_at timestamptz NOT NULL,
  issued_at timestamptz,
  replaced_at timestamptz,
  ended_at timestamptz,
  ended_by text,
  end_reason text,
  revoked_at timestamptz,
  UNIQUE (central, project, holder_kind, holder_code, serial),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)),
  CHECK (revoked_at IS NULL OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX device_current ON ops.device (central, project, holder_kind, holder_code)
  WHERE replaced_at IS NULL AND ended_at IS NULL;
COMMENT ON TABLE ops.device IS 'Accounts of tablets, an app user at Central each. Never a token: Central keeps it, and is asked for it when a code is printed. Never deleted.';
COMMENT ON INDEX ops.device_current IS 'A holder has one account at a time; one that was replaced may go on sending until it is ended.';
COMMENT ON COLUMN ops.device.device_id IS 'Of no meaning outside this table.';
COMMENT ON COLUMN ops.device.central IS 'The name of the Central; with project, where the app user lives.';
COMMENT ON COLUMN ops.device.project IS 'The number of the project there.';
COMMENT ON COLUMN ops.device.holder_kind IS 'Whose account: a school''s or a supervisor''s.';
COMMENT ON COLUMN ops.device.holder_code IS 'The school in emis.school or the post in emis.supervisor.';
COMMENT ON COLUMN ops.device.serial IS 'The holder''s first account, second, and so on; with kind and code the display name at Central.';
COMMENT ON COLUMN ops.device.tablet IS 'The tablet it is meant for: codes of one tablet stand on one sheet. The holder''s code where a tablet is not shared.';
COMMENT ON COLUMN ops.device.actor_id IS 'The app user at Central; null until it was made.';
COMMENT ON COLUMN ops.device.ordered_at IS 'When it was asked for (UTC).';
COMMENT ON COLUMN ops.device.issued_at IS 'When Central had made it (UTC).';
COMMENT ON COLUMN ops.device.replaced_at IS 'When the holder got another tablet (UTC). This account may still send what lies unsent on the old one.';
COMMENT ON COLUMN ops.device.ended_at IS 'When it was decided that it may send no more (UTC).';
COMMENT ON COLUMN ops.device.ended_by IS 'Who decided it, as they gave their name.';
COMMENT ON COLUMN ops.device.end_reason IS 'Why, in their words.';
COMMENT ON COLUMN ops.device.revoked_at IS 'When Central had revoked it (UTC); null after ended_at: still to be done.';
GRANT SELECT, INSERT, UPDATE ON ops.device TO emis_worker;
GRANT SELECT ON ops.device TO emis_web;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA ops TO emis_worker;
