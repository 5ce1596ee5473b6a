-- The roles and logins of EMIS on a PostgreSQL server. Run once by its administrator; running it
-- again changes nothing. docs/real-servers.md says how; the embedded server is made with it too.
--
--   emis_owner   owns the schemas               emis_login_owner    signs in to migrate, no more
--   emis_worker  writes data                    emis_login_worker   signs in to work
--   emis_web     reads for the pages            emis_login_web      signs in to serve the pages
--   emis_reader  is for analysts: emis, stats
--
-- The logins have no password yet: set one for each with \password.

DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['emis_owner', 'emis_worker', 'emis_web', 'emis_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
    END IF;
  END LOOP;
  FOREACH wanted IN ARRAY ARRAY['emis_login_owner', 'emis_login_worker', 'emis_login_web'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', wanted);
    END IF;
  END LOOP;
END $$;

GRANT emis_owner, emis_worker, emis_web, emis_reader TO emis_login_owner;
GRANT emis_worker, emis_reader TO emis_login_worker;
GRANT emis_web TO emis_login_web;
