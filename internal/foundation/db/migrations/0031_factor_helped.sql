-- +goose Up
ALTER TABLE second_factor ADD COLUMN first_at BIGINT;                    -- when a factor was set up where there was none; NULL: before this was kept
ALTER TABLE account ADD COLUMN factor_helped_at BIGINT;                  -- when somebody last let this person in without the second factor
ALTER TABLE account ADD COLUMN factor_helped_by TEXT NOT NULL DEFAULT ''; -- who did so in the same week, the last one at the end
