-- +goose Up
ALTER TABLE temporary_password ADD COLUMN again BOOLEAN NOT NULL DEFAULT FALSE; -- issued after the first sign-in, to a person without e-mail
ALTER TABLE temporary_password ADD COLUMN link_id TEXT NOT NULL DEFAULT '';     -- the activation link that the same message carries
ALTER TABLE account ADD COLUMN handed_at BIGINT;                                -- when somebody last handed this person a temporary password again
ALTER TABLE account ADD COLUMN handed_by TEXT NOT NULL DEFAULT '';              -- who did so in the same week, the last one at the end
