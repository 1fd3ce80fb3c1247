-- +goose Up

-- The forms with which somebody sent an e-mail by hand: each sends once, however
-- often it arrives.
CREATE TABLE composed (
	practice_id TEXT   NOT NULL,
	mark        TEXT   NOT NULL, -- of the form
	created_at  BIGINT NOT NULL,
	PRIMARY KEY (practice_id, mark)
);
