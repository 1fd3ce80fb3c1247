-- +goose Up
ALTER TABLE second_factor ADD COLUMN first_at BIGINT;                    -- when a factor was set up where there was none; NULL: before this was kept
