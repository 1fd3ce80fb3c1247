package secret

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// mask stands wherever a secret would have been printed.
const mask = "\u2022\u2022\u2022\u2022"

// Text is a secret in clear: it prints, logs and marshals as four bullets, and
// only Reveal gives it away. Two places cannot be covered: fmt does not ask a
// value in an unexported struct field how to print it, and encoding/json writes
// map keys that are strings as they are. Keep a Text out of both.
type Text string

// Reveal is the secret itself, for the one place that must show or send it.
func (t Text) Reveal() string { return string(t) }

// String is the mask.
func (Text) String() string { return mask }

// GoString is the mask.
func (Text) GoString() string { return mask }

// Format prints the mask for every verb, also for %x and %q.
func (Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// LogValue is the mask.
func (Text) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalText is the mask, for XML and whatever else asks.
func (Text) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON is the mask.
func (Text) MarshalJSON() ([]byte, error) { return json.Marshal(mask) }
