-- +goose Up

-- The contact e-mail was refused by its mail server for good, as long as it stays
-- what it is.
ALTER TABLE pet_parent ADD COLUMN email_refused_at BIGINT;
ALTER TABLE pet_parent ADD COLUMN email_refused TEXT NOT NULL DEFAULT ''; -- what the mail server said
