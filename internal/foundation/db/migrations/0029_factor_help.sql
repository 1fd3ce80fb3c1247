-- +goose Up
-- A permission that is new, for the ready-made roles that are to have it.
UPDATE role SET permissions = replace(permissions, '"temporary.reveal"', '"temporary.reveal","factor.help"')
WHERE key IN ('practice_administrator', 'manager', 'receptionist') AND permissions NOT LIKE '%"factor.help"%';
