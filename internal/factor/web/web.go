package factorweb

import "embed"

// Files are the pages and texts.
//
//go:embed *.html text.en.json
var Files embed.FS
