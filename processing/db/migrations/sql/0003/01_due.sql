ALTER TABLE ops.due ADD COLUMN begun smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN ops.due.begun IS 'How often work on it has begun without coming to an end: each time its worker ended first. Committed before the work.';
CREATE INDEX run_idle ON ops.run (stage, run_id) WHERE state = 'done' AND row_count = 0;
COMMENT ON INDEX ops.run_idle IS 'Of the runs of a stage that found nothing to do only the newest is kept.';
