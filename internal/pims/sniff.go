package pims

import (
	"bytes"
	"unicode/utf8"
)

// westernOrUTF8 tells UTF-8 from Windows-1252 by text that goes beyond ASCII.
// Damaged UTF-8 stays UTF-8 so that only its damaged rows are lost; Western text
// hardly ever looks like UTF-8 by chance.
func westernOrUTF8(text []byte) Encoding {
	valid, invalid := 0, 0
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		if !utf8.FullRune(text[i:]) {
			break // cut off by the end of the sample
		}
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case n == 1:
			invalid++
		case r != '\ufeff': // a mark that "copy a+b c" leaves in files of any encoding
			valid++
		}
		i += n
	}
	if invalid > valid {
		return Windows1252
	}
	return UTF8
}

// recogniseEncoding judges the beginning of a file; "" means plain ASCII so far.
// whole says that the sample is all of it.
func recogniseEncoding(sample []byte, whole bool) Encoding {
	switch {
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		return UTF8
	case bytes.HasPrefix(sample, []byte("\xff\xfe")):
		return UTF16LE
	case bytes.HasPrefix(sample, []byte("\xfe\xff")):
		return UTF16BE
	}
	even, odd := zeros(sample)
	switch half := len(sample) / 2; {
	case odd > half/3 && even < half/20+1:
		return UTF16LE
	case even > half/3 && odd < half/20+1:
		return UTF16BE
	}
	if !whole && isASCII(sample) {
		return ""
	}
	return westernOrUTF8(sample)
}

// sureOfEncoding says how far a recognised encoding can be trusted. Only text
// that is valid UTF-8 by no accident, or a mark, leaves no doubt.
func sureOfEncoding(sample []byte, enc, chosen Encoding) How {
	marked := bytes.HasPrefix(sample, []byte("\xff\xfe")) || bytes.HasPrefix(sample, []byte("\xfe\xff"))
	if chosen != "" || marked || enc == UTF8 || enc == "" {
		return Sure
	}
	return Probably
}

// zeros counts NUL bytes at even and odd places.
func zeros(b []byte) (even, odd int) {
	for i, c := range b {
		if c == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	return even, odd
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// notATable says what a file is that cannot be a table, with the remedy; "" when
// it may be one. enc is what its encoding looks like.
func notATable(sample []byte, enc Encoding) string {
	const csv = " Export the client list as CSV and import that file."
	head := bytes.ToLower(bytes.TrimSpace(sample[:min(len(sample), 64)]))
	switch {
	case bytes.HasPrefix(head, []byte("%pdf-")):
		return "this is a PDF, not a table." + csv
	case bytes.HasPrefix(sample, []byte("PK\x03\x04")):
		return "this is an Excel workbook or a ZIP archive. Open it, save the client list as \"CSV UTF-8\" and import that file."
	case bytes.HasPrefix(sample, []byte("\xd0\xcf\x11\xe0")):
		return "this is an old Excel or Word file. Open it, save the client list as \"CSV UTF-8\" and import that file."
	case bytes.HasPrefix(head, []byte("<!doctype")), bytes.HasPrefix(head, []byte("<html")),
		bytes.HasPrefix(head, []byte("<?xml")), bytes.HasPrefix(head, []byte("<table")):
		return "this is a web page or XML, not a table of text." + csv
	}
	if enc == UTF16LE || enc == UTF16BE {
		return "" // half of it is NUL bytes
	}
	control := 0
	for _, c := range sample {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			control++
		}
	}
	// A few NUL bytes are damage that costs a row; many are another kind of file.
	if control >= 4 && control > len(sample)/50 {
		return "this is not a text file." + csv
	}
	return ""
}
