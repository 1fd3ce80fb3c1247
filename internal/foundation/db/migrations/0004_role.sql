-- +goose Up
CREATE TABLE role (
    id          TEXT PRIMARY KEY,
    practice_id TEXT NOT NULL REFERENCES practice (id),
    key         TEXT NOT NULL,              -- stable word of a ready-made role
    name        TEXT NOT NULL,
    permissions TEXT NOT NULL,              -- JSON array
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX role_practice_id_key ON role (practice_id, key);

CREATE TABLE role_grant (
    practice_id TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    role_id     TEXT NOT NULL REFERENCES role (id),
    branch_id   TEXT NOT NULL,              -- '' for all branches
    granted_at  BIGINT NOT NULL,
    granted_by  TEXT NOT NULL,
    PRIMARY KEY (practice_id, account_id, role_id, branch_id)
);
