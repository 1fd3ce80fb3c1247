-- +goose Up
ALTER TABLE practice ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';    -- IANA name
ALTER TABLE practice ADD COLUMN status_reason TEXT NOT NULL DEFAULT '';   -- why it is suspended or closed
ALTER TABLE practice ADD COLUMN status_at BIGINT;                         -- since when
ALTER TABLE branch ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';         -- '' is the practice's
ALTER TABLE branch ADD COLUMN features_off TEXT NOT NULL DEFAULT '[]';    -- JSON array: features switched off here
ALTER TABLE branch ADD COLUMN network_mode TEXT NOT NULL DEFAULT 'off';   -- off | warn | restrict
ALTER TABLE branch ADD COLUMN network TEXT NOT NULL DEFAULT '[]';         -- JSON array of CIDR prefixes

-- Who changed a setting of the policy last.
CREATE TABLE policy_change (
    practice_id  TEXT NOT NULL REFERENCES practice (id),
    setting      TEXT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   TEXT NOT NULL,             -- account
    changer      TEXT NOT NULL,             -- how that account was called; personal
    PRIMARY KEY (practice_id, setting)
);
