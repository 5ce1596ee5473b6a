COMMENT ON TABLE ops.sync_total IS 'Counters of a form, which only grow: what /metrics shows. Pulls, rows, seconds and lags are those of pulls.';
COMMENT ON COLUMN ops.sync_total.request_count IS 'Requests about the form: pulls, XML, files, comments, versions, comparisons.';
COMMENT ON COLUMN ops.sync_total.byte_count IS 'Bytes of the answers to them, as they came over the wire.';
