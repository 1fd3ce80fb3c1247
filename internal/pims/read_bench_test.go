package pims

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// exportFor is a sample, or a larger export of the folder that CATFLAP_PIMS_BIG
// names.
func exportFor(b *testing.B, system, pattern string) map[string][]byte {
	b.Helper()
	folder := "samples"
	if big := os.Getenv("CATFLAP_PIMS_BIG"); big != "" {
		folder = big
	}
	paths, err := filepath.Glob(filepath.Join(folder, system, pattern))
	if err != nil || len(paths) == 0 {
		b.Skip("there is no such export")
	}
	all := map[string][]byte{}
	for _, path := range paths {
		all[filepath.Base(path)] = []byte(sample(b, path))
	}
	return all
}

// BenchmarkRead reads an export, beside the bare CSV reader on the same files.
func BenchmarkRead(b *testing.B) {
	for system, pattern := range map[string]string{"cornerstone": "*.csv", "vetdata": "*.CSV"} {
		files := exportFor(b, system, pattern)
		size := 0
		for _, f := range files {
			size += len(f)
		}
		b.Run(fmt.Sprintf("%s/read", system), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				var in []File
				for name, body := range files {
					in = append(in, File{Name: name, Body: bytes.NewReader(body)})
				}
				if _, err := Read(b.Context(), Options{AsOf: june, Country: "US"}, in...); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%s/csv", system), func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, body := range files {
					var text io.Reader = bytes.NewReader(body)
					if system == "cornerstone" {
						text = charmap.Windows1252.NewDecoder().Reader(text)
					}
					in := csv.NewReader(text)
					in.ReuseRecord, in.LazyQuotes, in.FieldsPerRecord = true, true, -1
					for {
						if _, err := in.Read(); err == io.EOF {
							break
						} else if err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		})
	}
}
