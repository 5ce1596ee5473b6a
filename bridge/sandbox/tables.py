"""The sandbox's SQLite file: every table, and nothing else. Times are milliseconds since 1970."""

FIRST = """
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES ('event', 0);

CREATE TABLE actor (
  id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, display_name TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER, deleted_at INTEGER,
  email TEXT COLLATE NOCASE, password TEXT, last_login_at INTEGER,
  project_id INTEGER, created_by INTEGER, last_used INTEGER);
CREATE UNIQUE INDEX actor_email ON actor (email) WHERE deleted_at IS NULL AND email IS NOT NULL;
CREATE TABLE session (
  token TEXT PRIMARY KEY, actor_id INTEGER NOT NULL, csrf TEXT NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL);
CREATE INDEX session_actor ON session (actor_id);
CREATE TABLE assignment (
  actor_id INTEGER NOT NULL, role_id INTEGER NOT NULL, actee TEXT NOT NULL,
  PRIMARY KEY (actor_id, role_id, actee));
CREATE TABLE actor_property (
  id INTEGER PRIMARY KEY, project_id INTEGER NOT NULL, name TEXT NOT NULL,
  UNIQUE (project_id, name));
CREATE TABLE actor_property_value (
  actor_id INTEGER NOT NULL, property_id INTEGER NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (actor_id, property_id));

CREATE TABLE project (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, description TEXT, archived INTEGER,
  actee TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER, deleted_at INTEGER);

CREATE TABLE blob (
  id INTEGER PRIMARY KEY, sha TEXT NOT NULL, md5 TEXT NOT NULL, content_type TEXT,
  content BLOB NOT NULL);
CREATE UNIQUE INDEX blob_sha ON blob (sha);

CREATE TABLE form (
  id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER NOT NULL, xml_form_id TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open', actee TEXT NOT NULL, current_def INTEGER, draft_def INTEGER,
  webforms_enabled INTEGER NOT NULL DEFAULT 1, created_by INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER, deleted_at INTEGER);
CREATE UNIQUE INDEX form_xml_form_id ON form (project_id, xml_form_id) WHERE deleted_at IS NULL;
CREATE TABLE form_def (
  id INTEGER PRIMARY KEY AUTOINCREMENT, form_id INTEGER NOT NULL, version TEXT NOT NULL,
  name TEXT, xml TEXT NOT NULL, hash TEXT NOT NULL, sha TEXT NOT NULL, sha256 TEXT NOT NULL,
  draft_token TEXT, fields TEXT NOT NULL, datasets TEXT NOT NULL,
  created_at INTEGER NOT NULL, published_at INTEGER, published_by INTEGER);
CREATE INDEX form_def_form ON form_def (form_id);
CREATE TABLE form_attachment (
  def_id INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, blob_id INTEGER,
  dataset_id INTEGER, updated_at INTEGER, PRIMARY KEY (def_id, name));
CREATE INDEX form_attachment_dataset ON form_attachment (dataset_id);

CREATE TABLE submission (
  id INTEGER PRIMARY KEY AUTOINCREMENT, form_id INTEGER NOT NULL, instance_id TEXT NOT NULL,
  draft INTEGER NOT NULL, submitter_id INTEGER, device_id TEXT, review_state TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER, deleted_at INTEGER,
  event INTEGER NOT NULL, root_version TEXT NOT NULL, edits INTEGER NOT NULL DEFAULT 0,
  current_def INTEGER, present INTEGER NOT NULL DEFAULT 0, expected INTEGER NOT NULL DEFAULT 0,
  UNIQUE (form_id, draft, instance_id));
CREATE INDEX submission_order ON submission (form_id, draft, created_at, id);
CREATE TABLE submission_def (
  id INTEGER PRIMARY KEY AUTOINCREMENT, submission_id INTEGER NOT NULL,
  form_def_id INTEGER NOT NULL, instance_id TEXT NOT NULL, instance_name TEXT,
  submitter_id INTEGER, device_id TEXT, user_agent TEXT, xml BLOB NOT NULL,
  is_root INTEGER NOT NULL, created_at INTEGER NOT NULL,
  encrypted_file TEXT,
  head TEXT, tail TEXT, flat_head TEXT, flat_tail TEXT);
CREATE INDEX submission_def_submission ON submission_def (submission_id);
CREATE INDEX submission_def_instance ON submission_def (instance_id);
CREATE TABLE submission_attachment (
  def_id INTEGER NOT NULL, name TEXT NOT NULL, blob_id INTEGER, PRIMARY KEY (def_id, name));
CREATE TABLE comment (
  id INTEGER PRIMARY KEY, submission_id INTEGER NOT NULL, actor_id INTEGER, body TEXT NOT NULL,
  created_at INTEGER NOT NULL);

CREATE TABLE dataset (
  id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER NOT NULL, name TEXT NOT NULL,
  approval_required INTEGER NOT NULL DEFAULT 0, owner_only INTEGER NOT NULL DEFAULT 0,
  actee TEXT NOT NULL, created_at INTEGER NOT NULL, published_at INTEGER, deleted_at INTEGER);
CREATE UNIQUE INDEX dataset_name ON dataset (project_id, name) WHERE deleted_at IS NULL;
CREATE TABLE dataset_property (
  id INTEGER PRIMARY KEY, dataset_id INTEGER NOT NULL, name TEXT NOT NULL, published_at INTEGER,
  deleted_at INTEGER);
CREATE UNIQUE INDEX dataset_property_name ON dataset_property (dataset_id, name)
  WHERE deleted_at IS NULL;
CREATE TABLE dataset_filter (
  dataset_id INTEGER NOT NULL, dataset_property_id INTEGER NOT NULL,
  actor_property_id INTEGER NOT NULL, PRIMARY KEY (dataset_property_id, actor_property_id));
CREATE TABLE entity (
  id INTEGER PRIMARY KEY AUTOINCREMENT, dataset_id INTEGER NOT NULL, uuid TEXT NOT NULL UNIQUE,
  creator_id INTEGER, conflict TEXT, version INTEGER NOT NULL DEFAULT 1, label TEXT NOT NULL,
  data TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER, deleted_at INTEGER);
CREATE INDEX entity_order ON entity (dataset_id, created_at, id);
CREATE TABLE entity_def (
  id INTEGER PRIMARY KEY AUTOINCREMENT, entity_id INTEGER NOT NULL, version INTEGER NOT NULL,
  base_version INTEGER, label TEXT NOT NULL, data TEXT NOT NULL, data_received TEXT NOT NULL,
  conflicting TEXT, creator_id INTEGER, user_agent TEXT, source TEXT, created_at INTEGER NOT NULL);
CREATE INDEX entity_def_entity ON entity_def (entity_id);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, actor_id INTEGER, action TEXT NOT NULL, actee TEXT,
  details TEXT, notes TEXT, logged_at INTEGER NOT NULL);
CREATE INDEX audit_actee ON audit (actee, logged_at);
"""

ENTITY_MAKERS = """
CREATE TABLE entity_maker (submission_id INTEGER PRIMARY KEY);
"""

ENTITY_BRANCHES = """
ALTER TABLE entity_def ADD COLUMN branch_id TEXT;
ALTER TABLE entity_def ADD COLUMN branch_base INTEGER;
CREATE TABLE entity_backlog (
  submission_id INTEGER PRIMARY KEY, branch_id TEXT NOT NULL, base INTEGER NOT NULL);
"""

# Applied in their order to a file that is older; the file's user_version counts them.
STEPS = (FIRST, ENTITY_MAKERS, ENTITY_BRANCHES)
