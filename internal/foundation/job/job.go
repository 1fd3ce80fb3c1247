package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"catflap/internal/foundation/db"
	"catflap/internal/foundation/id"
)

// Job is one piece of work.
type Job struct {
	ID      string
	Kind    string
	Payload json.RawMessage
	Attempt int // 1 on the first run

	lease string
}

// Into reads the payload. A payload that cannot be read will not get better,
// so the error gives the job up when it is returned.
func (j Job) Into(v any) error {
	if err := json.Unmarshal(j.Payload, v); err != nil {
		return Give(fmt.Errorf("read the payload of job %s: %w", j.Kind, err))
	}
	return nil
}

// Option is a wish about a job that is enqueued.
type Option func(*options)

type options struct {
	at  time.Time
	key string
}

// At has the job run no earlier than t.
func At(t time.Time) Option { return func(o *options) { o.at = t } }

// Key lets only one unfinished job of the kind have this key. A job that is
// running counts as unfinished: it may have read what the caller is changing,
// so use Key where the running job will notice by itself.
func Key(key string) Option { return func(o *options) { o.key = key } }

// Enqueue stores a job that exists once tx is committed, and wakes this node's
// workers then. The payload becomes JSON: keep identifiers in it, and neither
// secrets nor personal details. It returns the id of the job, or of the
// unfinished one that has the same [Key].
func (q *Queue) Enqueue(ctx context.Context, tx *db.Tx, kind string, payload any, opts ...Option) (string, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return "", fmt.Errorf("enqueue %s: %w", kind, err)
	}
	now := q.clock.Now()
	o := options{at: now}
	for _, set := range opts {
		set(&o)
	}
	jobID, err := insert(ctx, tx, id.New(), kind, string(body), o, now)
	if err != nil {
		return "", fmt.Errorf("enqueue %s: %w", kind, err)
	}
	if w := q.workers[kind]; w != nil && !o.at.After(now) {
		tx.AfterCommit(w.notify)
	}
	return jobID, nil
}

// verdict is an error that says what becomes of the job.
type verdict struct {
	cause error
	after time.Duration
	give  bool
}

func (v *verdict) Error() string { return v.cause.Error() }
func (v *verdict) Unwrap() error { return v.cause }

// Retry is the error of a job that is to be tried again after a pause of its
// own choice. It counts as an attempt.
func Retry(cause error, after time.Duration) error { return &verdict{cause: cause, after: after} }

// Give is the error of a job that is given up at once: trying again is
// pointless. It is kept as dead with the cause.
func Give(cause error) error { return &verdict{cause: cause, give: true} }

// verdictOf finds what the function said, if it said anything.
func verdictOf(err error) *verdict {
	var v *verdict
	if errors.As(err, &v) {
		return v
	}
	return &verdict{cause: err}
}
