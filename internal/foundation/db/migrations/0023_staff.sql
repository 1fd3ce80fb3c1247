-- +goose Up
ALTER TABLE account ADD COLUMN name_key TEXT NOT NULL DEFAULT '';         -- folded name, to sort and to find by
ALTER TABLE account ADD COLUMN deactivated_why TEXT NOT NULL DEFAULT '';  -- as typed; personal
ALTER TABLE account ADD COLUMN pending_email TEXT NOT NULL DEFAULT '';    -- login ID and recovery address once its mailbox has said yes
UPDATE account SET name_key = lower(name);
CREATE INDEX account_list ON account (practice_id, kind, name_key, id);
