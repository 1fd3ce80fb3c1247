package pims

import (
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// Encoding names how a file writes its characters.
type Encoding string

// The encodings. The first four are recognised; the others are for a person to
// choose, because no detector tells them from Windows-1252 reliably.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16-le"
	UTF16BE     Encoding = "utf-16-be"
	Windows1252 Encoding = "windows-1252" // Western Europe, Americas
	Windows1250 Encoding = "windows-1250" // Central Europe
	IBM850      Encoding = "ibm850"       // DOS
	Macintosh   Encoding = "macintosh"
)

// Encodings lists those that can be chosen.
func Encodings() []Encoding {
	return []Encoding{UTF8, UTF16LE, UTF16BE, Windows1252, Windows1250, IBM850, Macintosh}
}

// Label is the encoding as people know it.
func (e Encoding) Label() string {
	switch e {
	case UTF8:
		return "UTF-8"
	case UTF16LE, UTF16BE:
		return "UTF-16"
	case Windows1252:
		return "Windows-1252"
	case Windows1250:
		return "Windows-1250"
	case IBM850:
		return "DOS code page 850"
	case Macintosh:
		return "Mac OS Roman"
	}
	return string(e)
}

// undecodable stands for bytes that mean nothing in the encoding. It is never
// part of valid UTF-8, so a row that has one fails utf8.Valid.
const undecodable = 0xff

// decoder turns a file into UTF-8 with undecodable marks. It knows its encoding
// for certain only when the file has been read.
type decoder interface {
	transform.Transformer
	encoding() Encoding
}

// newDecoder decodes enc; "" is a file whose beginning is plain ASCII. It is nil
// for an encoding that does not exist.
func newDecoder(enc Encoding) decoder {
	switch enc {
	case "":
		return &asciiFirst{}
	case UTF8:
		return asIs{}
	case UTF16LE, UTF16BE:
		return wide{big: enc == UTF16BE}
	case Windows1252:
		return singleByte{name: enc, table: charmap.Windows1252}
	case Windows1250:
		return singleByte{name: enc, table: charmap.Windows1250}
	case IBM850:
		return singleByte{name: enc, table: charmap.CodePage850}
	case Macintosh:
		return singleByte{name: enc, table: charmap.Macintosh}
	}
	return nil
}

// asIs leaves UTF-8 alone; invalid bytes are found row by row.
type asIs struct{ transform.NopResetter }

func (asIs) encoding() Encoding { return UTF8 }

func (asIs) Transform(dst, src []byte, _ bool) (int, int, error) {
	n := copy(dst, src)
	if n < len(src) {
		return n, n, transform.ErrShortDst
	}
	return n, n, nil
}

// singleByte decodes one-byte encodings. Control characters beyond ASCII are
// undefined bytes (Windows-1252 has five of them).
type singleByte struct {
	transform.NopResetter
	name  Encoding
	table *charmap.Charmap
}

func (s singleByte) encoding() Encoding { return s.name }

func (s singleByte) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		c := src[nSrc]
		nSrc++
		if c < utf8.RuneSelf {
			dst[nDst] = c
			nDst++
			continue
		}
		nDst += putRune(dst[nDst:], s.table.DecodeByte(c))
	}
	return nDst, nSrc, nil
}

// putRune writes r, or the mark for what is none.
func putRune(dst []byte, r rune) int {
	if r == utf8.RuneError || r >= 0x80 && r < 0xa0 {
		dst[0] = undecodable
		return 1
	}
	return utf8.EncodeRune(dst, r)
}

// wide decodes UTF-16; lone surrogates and half a code unit at the end of the
// file are undecodable.
type wide struct {
	transform.NopResetter
	big bool
}

func (w wide) encoding() Encoding {
	if w.big {
		return UTF16BE
	}
	return UTF16LE
}

func (w wide) unit(b []byte) rune {
	if w.big {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

func (w wide) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}
		left := src[nSrc:]
		if len(left) < 2 {
			if !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			dst[nDst] = undecodable
			return nDst + 1, nSrc + 1, nil
		}
		r, n := w.unit(left), 2
		if utf16.IsSurrogate(r) {
			if len(left) < 4 && !atEOF {
				return nDst, nSrc, transform.ErrShortSrc
			}
			first := r
			r = utf8.RuneError
			if len(left) >= 4 {
				if r = utf16.DecodeRune(first, w.unit(left[2:])); r != utf8.RuneError {
					n = 4
				}
			}
			if r == utf8.RuneError {
				dst[nDst] = undecodable
				nDst++
				nSrc += n
				continue
			}
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += n
	}
	return nDst, nSrc, nil
}

// asciiFirst passes ASCII on and decides between UTF-8 and Windows-1252 at the
// first byte beyond it.
type asciiFirst struct {
	transform.NopResetter
	then decoder
}

func (a *asciiFirst) encoding() Encoding {
	if a.then == nil {
		return UTF8
	}
	return a.then.encoding()
}

func (a *asciiFirst) Transform(dst, src []byte, atEOF bool) (int, int, error) {
	if a.then != nil {
		return a.then.Transform(dst, src, atEOF)
	}
	ascii := 0
	for ascii < len(src) && src[ascii] < utf8.RuneSelf {
		ascii++
	}
	if ascii > 0 {
		n := copy(dst, src[:ascii])
		if n < len(src) {
			return n, n, transform.ErrShortDst // and comes back for the rest
		}
		return n, n, nil
	}
	if len(src) < utf8.UTFMax && !atEOF {
		return 0, 0, transform.ErrShortSrc
	}
	a.then = newDecoder(westernOrUTF8(src))
	return a.then.Transform(dst, src, atEOF)
}
