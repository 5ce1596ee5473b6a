CREATE TABLE raw.actor (
  central text NOT NULL,
  project integer NOT NULL,
  actor_id integer NOT NULL,
  kind text NOT NULL,
  display_name text NOT NULL,
  properties jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz,
  is_app_user boolean NOT NULL DEFAULT false,
  is_revoked boolean NOT NULL DEFAULT false,
  last_used_at timestamptz,
  first_seen_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (central, project, actor_id)
);
COMMENT ON TABLE raw.actor IS 'Who sends: app users of the project and everyone who has submitted to one of its forms. Never a token.';
COMMENT ON COLUMN raw.actor.kind IS 'Central''s word: user, field_key (an app user), public_link.';
COMMENT ON COLUMN raw.actor.is_revoked IS 'An app user that can send no more.';
COMMENT ON COLUMN raw.actor.seen_at IS 'When Central last listed it.';

CREATE TABLE raw.form_submitter (
  form_key integer NOT NULL REFERENCES raw.form,
  actor_id integer NOT NULL,
  first_seen_at timestamptz NOT NULL,
  PRIMARY KEY (form_key, actor_id)
);
COMMENT ON TABLE raw.form_submitter IS 'Who has submitted to which form.';

CREATE TABLE raw.comment (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  number integer NOT NULL,
  actor_id integer,
  actor_name text,
  body text NOT NULL,
  commented_at timestamptz NOT NULL,
  fetched_at timestamptz NOT NULL,
  PRIMARY KEY (form_key, instance_id, commented_at, number),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
COMMENT ON TABLE raw.comment IS 'Comments on a submission. Central gives them no id and never takes one away: number counts from the oldest, 1, and after a purge and a return of the instance id anew.';

CREATE TABLE ops.comment_look (
  form_key integer NOT NULL,
  instance_id text NOT NULL,
  looked_at timestamptz NOT NULL,
  PRIMARY KEY (form_key, instance_id),
  FOREIGN KEY (form_key, instance_id) REFERENCES raw.submission
);
COMMENT ON TABLE ops.comment_look IS 'When the comments of a submission were last read: Central gives no signal for a new one.';
