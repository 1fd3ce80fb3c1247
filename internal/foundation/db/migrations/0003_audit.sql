-- +goose Up
-- What a later Merkle leaf covers are all columns but personal and search: those
-- two can be erased, and personal_digest (salted) still proves what it was.
CREATE TABLE audit (
    id              TEXT PRIMARY KEY,
    practice_id     TEXT NOT NULL,          -- '' for the platform's own record
    at              BIGINT NOT NULL,
    action          TEXT NOT NULL,
    outcome         TEXT NOT NULL,          -- done | refused
    cause           TEXT NOT NULL,          -- exact internal cause of a refusal
    actor_kind      TEXT NOT NULL,
    actor_id        TEXT NOT NULL,
    account_id      TEXT NOT NULL,          -- the account it is about
    branch_id       TEXT NOT NULL,
    session_id      TEXT NOT NULL,
    target_kind     TEXT NOT NULL,
    target_id       TEXT NOT NULL,
    detail          TEXT NOT NULL,          -- JSON: counts, codes, names of fields
    personal        TEXT NOT NULL,          -- JSON: names, addresses, IP, device, before and after
    search          TEXT NOT NULL,          -- personal without case and accents, to be looked for
    personal_digest BYTEA NOT NULL,         -- SHA-256 of personal, which carries its own salt
    flood_key       TEXT NOT NULL,          -- '' unless repetitions are counted here
    repeated        BIGINT NOT NULL,        -- how often the same happened again
    last_at         BIGINT NOT NULL,        -- when it happened last
    leaf            BIGINT                  -- place in the sealed log, once sealed
);
CREATE INDEX audit_practice_id_id ON audit (practice_id, id);
CREATE INDEX audit_practice_id_action ON audit (practice_id, action, id);
CREATE INDEX audit_flood ON audit (practice_id, flood_key, at);
CREATE INDEX audit_actor ON audit (practice_id, actor_id, id);
CREATE INDEX audit_account ON audit (practice_id, account_id, id);
CREATE INDEX audit_target ON audit (practice_id, target_id, id);
