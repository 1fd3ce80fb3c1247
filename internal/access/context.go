package access

import (
	"context"
	"strings"

	"catflap/internal/foundation/lang"
)

// Origin is where a request comes from.
type Origin struct {
	IP        string // canonical text form; empty for the command line
	Device    string // "Firefox on Windows", from the User-Agent header
	RequestID string
	Languages string // what was asked for, as an Accept-Language header has it
}

// Lang is the language of ours that was asked for, "" for none.
func (o Origin) Lang() string { return lang.Match(o.Languages) }

// Where is device and address in one line; "" from the command line.
func (o Origin) Where() string { return strings.TrimSpace(o.Device + " " + o.IP) }

type key int

const (
	viewerKey key = iota
	practiceKey
	originKey
)

// WithViewer returns a context in which v acts.
func WithViewer(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey, &v)
}

// ViewerFrom is who acts in ctx; the zero Viewer when nobody does.
func ViewerFrom(ctx context.Context) Viewer {
	if v, ok := ctx.Value(viewerKey).(*Viewer); ok {
		return *v
	}
	return Viewer{}
}

// WithPractice returns a context whose path names the practice.
func WithPractice(ctx context.Context, p Practice) context.Context {
	return context.WithValue(ctx, practiceKey, &p)
}

// PracticeFrom is the practice in the path, else the viewer's own.
func PracticeFrom(ctx context.Context) Practice {
	if p, ok := ctx.Value(practiceKey).(*Practice); ok {
		return *p
	}
	return ViewerFrom(ctx).Practice
}

// WithOrigin returns a context that remembers where the request comes from.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey, &o)
}

// OriginFrom is where the request in ctx comes from.
func OriginFrom(ctx context.Context) Origin {
	if o, ok := ctx.Value(originKey).(*Origin); ok {
		return *o
	}
	return Origin{}
}

// Request is a context that carries all of this by itself, for whoever serves
// requests and finds it out bit by bit.
type Request struct {
	context.Context
	Viewer   Viewer
	Practice *Practice // the one in the path; nil: the viewer's own
	Origin   Origin
}

// Value is what the functions of this package ask for.
func (r *Request) Value(asked any) any {
	switch asked {
	case viewerKey:
		return &r.Viewer
	case originKey:
		return &r.Origin
	case practiceKey:
		if r.Practice != nil {
			return r.Practice
		}
	}
	return r.Context.Value(asked)
}
