package apikey

import (
	"context"
	"errors"
	"strings"
	"time"

	"catflap/internal/access"
	"catflap/internal/foundation/db"
	"catflap/internal/foundation/secret"
)

// useEvery limits how often the use of a key is written down.
const useEvery = time.Minute

// tokenLength is how long every key is: the prefix and 256 bits in base64url.
const tokenLength = len(TokenPrefix) + 43

// Identify is the program that a key stands for at this moment, in one indexed
// read. The key keeps the permissions that it was given, whatever becomes of
// the person who made it; its features are those of the plan. Whether the look
// is passive makes no difference: keys have no idle clock.
func (s *Service) Identify(ctx context.Context, token string, _ bool) (access.Viewer, error) {
	if len(token) != tokenLength || !strings.HasPrefix(token, TokenPrefix) {
		return access.Viewer{}, ErrUnknown
	}
	found, err := db.One(ctx, s.DB, scanIdentity, selectIdentity, secret.HashToken(token))
	if errors.Is(err, db.ErrNone) {
		return access.Viewer{}, ErrUnknown
	}
	if err != nil {
		return access.Viewer{}, err
	}
	k, now := found.key, s.Clock.Now()
	switch {
	case !k.RevokedAt.IsZero():
		err = ErrRevoked
	case found.practice.Closed:
		err = ErrClosed
	case k.State(now) == Expired:
		err = ErrExpired
	}
	if err != nil {
		return access.Viewer{}, err
	}
	if now.Sub(k.LastUsedAt) >= useEvery {
		if err := s.used(ctx, k, now); err != nil {
			return access.Viewer{}, err
		}
	}
	return k.viewer(found.practice).WithFeatures(found.features), nil
}

// Viewer is the program behind a key of the practice, for work that it began
// and that goes on without it. ErrNotFound.
func (s *Service) Viewer(ctx context.Context, r db.Reader, p access.Practice, keyID string) (access.Viewer, error) {
	k, err := s.Get(ctx, r, p.ID, keyID)
	return k.viewer(p), err
}

func (k Key) viewer(p access.Practice) access.Viewer {
	return access.Viewer{
		Kind: access.KindProgram, KeyID: k.ID, Name: k.Name, PracticeID: k.PracticeID, Practice: p, ExpiresAt: k.ExpiresAt,
	}.WithPermissions(k.Permissions)
}

// used writes down that the key was used; of several at once one does.
func (s *Service) used(ctx context.Context, k Key, now time.Time) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE api_key SET last_used_at = $3, last_used_ip = $4
			WHERE practice_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= $5)`,
			k.PracticeID, k.ID, now, access.OriginFrom(ctx).IP, now.Add(-useEvery))
		return err
	})
}
