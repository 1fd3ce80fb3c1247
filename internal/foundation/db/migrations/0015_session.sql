-- +goose Up
ALTER TABLE session ADD COLUMN locked_at BIGINT;                          -- NULL unless it waits for its person's password
ALTER TABLE session ADD COLUMN before_at BIGINT;                          -- the sign-in of this account before this one
ALTER TABLE session ADD COLUMN before_on TEXT NOT NULL DEFAULT '';        -- device and IP of that
ALTER TABLE session ADD COLUMN failed_before BIGINT NOT NULL DEFAULT 0;   -- failed tries between the two
