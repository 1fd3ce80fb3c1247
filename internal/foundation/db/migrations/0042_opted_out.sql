-- +goose Up

-- When a person said that they want no bulk mail, and how: 'link' in a message,
-- 'self' in the pet app, 'staff' who was told. The household's opt_out is what the
-- practice system says, and an import owns that one only.
ALTER TABLE pet_parent ADD COLUMN opted_out_at BIGINT;
ALTER TABLE pet_parent ADD COLUMN opted_out_by TEXT NOT NULL DEFAULT '';
