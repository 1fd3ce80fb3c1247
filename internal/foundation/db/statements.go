package db

import (
	"context"
	"database/sql"
	"sync"
)

// maxStatements bounds the cache. The product has a few hundred SQL texts;
// more means that somebody builds them, and then caching would only leak.
const maxStatements = 2000

// preparer is a sql.DB or a sql.Conn.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

// statements remembers prepared statements by their text. pgx does the same by
// itself for PostgreSQL, so only SQLite uses it.
type statements struct {
	mu     sync.RWMutex
	byText map[string]*sql.Stmt
}

func newStatements() *statements {
	return &statements{byText: map[string]*sql.Stmt{}}
}

// get returns the prepared statement, or nil when the cache is full.
func (s *statements) get(ctx context.Context, p preparer, text string) (*sql.Stmt, error) {
	s.mu.RLock()
	st, full := s.byText[text], len(s.byText) >= maxStatements
	s.mu.RUnlock()
	if st != nil || full {
		return st, nil
	}
	st, err := p.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.byText[text]; first != nil { // another goroutine was quicker
		return first, st.Close()
	}
	s.byText[text] = st
	return st, nil
}

// close gives the statements back. Their connections are about to go, so a
// failure to do so loses nothing.
func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.byText {
		_ = st.Close()
	}
	clear(s.byText)
}
