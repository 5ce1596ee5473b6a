-- What somebody has explained of a school stands on its page.
CREATE INDEX issue_waived_school ON quality.issue (school_code) WHERE state = 'waived';
