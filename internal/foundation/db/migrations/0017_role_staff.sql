-- +goose Up
ALTER TABLE role ADD COLUMN name_key TEXT NOT NULL DEFAULT '';            -- folded name
ALTER TABLE role ADD COLUMN landing TEXT NOT NULL DEFAULT '';             -- path below the practice of the first page, '' for the usual one
ALTER TABLE role ADD COLUMN changed_at BIGINT;
UPDATE role SET name_key = lower(name);
CREATE UNIQUE INDEX role_practice_id_name_key ON role (practice_id, name_key);
CREATE INDEX role_grant_role ON role_grant (practice_id, role_id);

ALTER TABLE account ADD COLUMN leaves_at BIGINT;                          -- when somebody who leaves is switched off
ALTER TABLE account ADD COLUMN deactivated_at BIGINT;
ALTER TABLE account ADD COLUMN deactivated_by TEXT NOT NULL DEFAULT '';   -- account
CREATE INDEX account_leaves_at ON account (leaves_at) WHERE leaves_at IS NOT NULL;

-- Permissions that are new, for the ready-made roles that are to have them.
UPDATE role SET permissions = replace(permissions, '"security.manage"', '"role.manage","session.manage","apikey.manage","security.manage"')
WHERE key = 'practice_administrator';
UPDATE role SET permissions = replace(permissions, '"security.manage"', '"session.manage","security.manage"')
WHERE key = 'security_manager';
