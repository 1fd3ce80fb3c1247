-- +goose Up
-- What the first page counts is answered from these indexes alone. The actions
-- are audit.SignInDone and audit.SignInRefused.
CREATE INDEX audit_signed_in ON audit (practice_id, at) WHERE action = 'sign_in.done';
CREATE INDEX audit_sign_in_refused ON audit (practice_id, at, repeated) WHERE action = 'sign_in.refused';
CREATE INDEX account_onboarding ON account (practice_id, kind, onboarded_at);
CREATE INDEX temporary_password_void ON temporary_password (practice_id, expires_at, burnt_at);
CREATE INDEX onboarding_draft_practice_id ON onboarding_draft (practice_id);
